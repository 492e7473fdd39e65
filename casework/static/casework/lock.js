/* Before the session locks: warns, puts off, keeps what is typed; nothing of it stays in sight. */
"use strict";

(() => {
  const bar = document.querySelector("[data-lock-bar]");
  const lockForm = document.querySelector("form[data-lock]");
  // A page that opened no keys has nothing to hide.
  if (!bar || !lockForm) return;
  const [words, button] = [bar.querySelector("[role='status']"), bar.querySelector("button")];
  const main = document.querySelector("main");
  const WARNING = 2 * 60 * 1000;
  const after = (seconds) => Date.now() + Number(seconds) * 1000;
  let locksAt = after(bar.dataset.locksIn);
  let typedAt = 0;
  let busy = false;

  // The forms on which text of a case is typed, each with what it held when the page came.
  const typed = (form) => new URLSearchParams(new FormData(form));
  const forms = [...document.querySelectorAll("main input[name='form_token']")].map((field) => ({
    form: field.form,
    address: field.form.getAttribute("action") || location.pathname,
    before: typed(field.form).toString(),
  }));
  const unsaved = () =>
    forms.filter(
      ({ form, before }) => "unsaved" in form.dataset || typed(form).toString() !== before,
    );

  const post = (address, body) =>
    fetch(address, { method: "POST", body, redirect: "manual" }).catch(() => null);

  // The server seals it to its author, with or without an open session. False: it cannot be reached.
  const keepTyped = async () => {
    for (const { form, address } of unsaved()) {
      const body = typed(form);
      body.set("keep", "yes");
      const answer = await post(address, body);
      if (!answer || answer.status >= 500) return false;
      lockForm.elements.namedItem("next").value = address;
    }
    return true;
  };

  // Other tabs of this browser hear when somebody is there, and when it locked (0).
  const tabs = new BroadcastChannel("confer-lock");
  const putOff = (moment) => {
    locksAt = Math.max(locksAt, moment);
    tick();
  };

  const lockNow = async (leave) => {
    if (busy) return;
    busy = true;
    main.hidden = true;
    if (await keepTyped()) return leave();
    // Out of reach: what is typed stays here, unseen, until it can be kept.
    words.textContent = bar.dataset.waiting;
    setTimeout(() => {
      busy = false;
      lockNow(leave);
    }, 5000);
  };
  const sendLock = () => {
    tabs.postMessage(0);
    lockForm.submit();
  };
  const goToDoor = () => {
    const here = lockForm.elements.namedItem("next").value || location.pathname;
    location.assign(`${bar.dataset.unlock}?next=${encodeURIComponent(here)}`);
  };

  const stay = async () => {
    const answer = await post(bar.action, typed(bar));
    if (answer?.status === 204) {
      locksAt = after(answer.headers.get("Confer-Locks-In"));
      tabs.postMessage(locksAt);
      tick();
    }
    return answer;
  };

  const warn = (now) => {
    if (button.hidden !== now) return;
    const focused = document.activeElement === button;
    button.hidden = !now;
    words.textContent = now ? bar.dataset.words : "";
    if (focused) main.focus({ preventScroll: true });
  };

  const tick = () => {
    const left = locksAt - Date.now();
    // Whoever typed in the last minute is there.
    if (left <= WARNING && left > 0 && Date.now() - typedAt < 60_000) {
      typedAt = 0;
      stay();
    } else if (left <= 0) lockNow(sendLock);
    else warn(left <= WARNING);
  };

  document.addEventListener("input", () => (typedAt = Date.now()));
  bar.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await stay();
    if (answer && answer.status !== 204) lockNow(goToDoor);
  });
  lockForm.addEventListener("submit", (event) => {
    event.preventDefault();
    lockNow(sendLock);
  });
  document
    .querySelector("form[data-sign-out]")
    .addEventListener("submit", () => tabs.postMessage(0));
  tabs.addEventListener("message", ({ data }) => (data ? putOff(data) : lockNow(goToDoor)));

  // Back: the page shows again only to the session it was made for.
  window.addEventListener("pageshow", async (event) => {
    if (!event.persisted) return;
    main.hidden = true;
    const answer = await stay();
    if (answer?.status === 204) main.hidden = busy = false;
    else location.reload();
  });

  tabs.postMessage(locksAt);
  setInterval(tick, 1000);
  tick();
})();
