/* What the browser adds to pages that already work without it. No request ever leaves from here. */
"use strict";

(() => {
  const all = (selector, act) => document.querySelectorAll(selector).forEach(act);

  // Errors first: the summary takes the focus, so that it is read out and stands in sight.
  const focusOnLoad = () => document.querySelector("[data-focus-on-load]")?.focus();

  // A link in the summary leads to the field, with its label still in sight.
  const linkErrorsToFields = () =>
    all("[data-focus-on-load] a[href^='#']", (link) =>
      link.addEventListener("click", (event) => {
        const field = document.getElementById(decodeURIComponent(link.hash.slice(1)));
        if (!field) return;
        event.preventDefault();
        const group = field.closest(".govuk-form-group");
        (group ?? field).scrollIntoView();
        field.focus({ preventScroll: true });
      }),
    );

  const showPassphrases = () =>
    all("button[data-show-field]", (button) => {
      const field = document.getElementById(button.dataset.showField);
      if (!field) return;
      const showText = button.textContent;
      const set = (shown) => {
        field.type = shown ? "text" : "password";
        button.textContent = shown ? button.dataset.hideText : showText;
      };
      field.spellcheck = false;
      field.autocapitalize = "none";
      button.hidden = false;
      button.addEventListener("click", () => set(field.type === "password"));
      // A visible phrase must not be offered again by the browser's list of past entries.
      field.form?.addEventListener("submit", () => set(false));
    });

  const offerToPrint = () =>
    all("button[data-print]", (button) => {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    });

  const fillFromCast = () =>
    all("button[data-fill-login]", (button) => {
      const login = document.querySelector("input[name='login']");
      const phrase = document.querySelector("input[name='password']");
      if (!login || !phrase) return;
      button.hidden = false;
      button.parentElement.querySelector(".confer-cast__copy").hidden = true;
      button.addEventListener("click", () => {
        login.value = button.dataset.fillLogin;
        phrase.value = button.dataset.fillPassword;
        login.form.querySelector("button:not([type='button'])").focus();
      });
    });

  // A second click while the first is under way does nothing. The button is not disabled: a
  // disabled button would drop its own name and value from the form.
  const sendOnce = () => {
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (form.dataset.sending) event.preventDefault();
      else if (!event.defaultPrevented) {
        form.dataset.sending = "1";
        form.setAttribute("aria-busy", "true");
      }
    });
    // Back and forward bring a page back as it was left: it can be sent again.
    window.addEventListener("pageshow", () =>
      all("form[data-sending]", (form) => {
        delete form.dataset.sending;
        form.removeAttribute("aria-busy");
      }),
    );
  };

  linkErrorsToFields();
  showPassphrases();
  offerToPrint();
  fillFromCast();
  sendOnce();
  focusOnLoad();
})();
