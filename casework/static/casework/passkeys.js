/* Security keys and passkeys. A form with data-passkey is shown only where the browser knows them.

   The secret that opens a person's keys is HKDF-SHA-256 of the passkey's PRF. It goes into the one
   form that has a field for it; the credential that is sent beside it holds no PRF. */
"use strict";

(() => {
  const forms = document.querySelectorAll("form[data-passkey]");
  if (!window.PublicKeyCredential || !window.crypto?.subtle) return;

  const utf8 = (text) => new TextEncoder().encode(text);
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const base64url = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  const prfInput = async () => ({
    eval: { first: await crypto.subtle.digest("SHA-256", utf8("confer/1/prf")) },
  });

  const expanded = async (prf) => {
    const key = await crypto.subtle.importKey("raw", prf, "HKDF", false, ["deriveBits"]);
    const info = utf8("confer/1/passkey");
    const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
    return base64url(await crypto.subtle.deriveBits(how, key, 256));
  };

  const listed = (credentials) => credentials?.map((each) => ({ ...each, id: bytes(each.id) }));

  const asked = async (form, wantsSecret) => {
    const use = form.querySelector("input[name='use']:checked")?.value;
    const query = use ? `?use=${encodeURIComponent(use)}` : "";
    const answer = await fetch(form.dataset.passkeyOptions + query);
    const options = (await answer.json()).publicKey;
    if (options.user) options.user.id = bytes(options.user.id);
    return {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: listed(options.allowCredentials),
      excludeCredentials: listed(options.excludeCredentials),
      extensions: { ...options.extensions, ...(wantsSecret && { prf: await prfInput() }) },
    };
  };

  // Many authenticators evaluate their PRF only when they are shown, not when they are made. What
  // this answers is sent to nobody, so its challenge need not be the server's.
  const prfOfNew = async (credential, rpId) => {
    const shown = await navigator.credentials.get({
      publicKey: {
        rpId,
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        allowCredentials: [{ type: "public-key", id: credential.rawId }],
        userVerification: "required",
        extensions: { prf: await prfInput() },
      },
    });
    return shown.getClientExtensionResults().prf?.results?.first;
  };

  const plain = (credential) => {
    const response = {};
    const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature"];
    for (const name of [...parts, "userHandle"])
      if (credential.response[name]) response[name] = base64url(credential.response[name]);
    const { credProps } = credential.getClientExtensionResults();
    return JSON.stringify({
      id: credential.id,
      rawId: base64url(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credProps ? { credProps: { rk: credProps.rk } } : {},
    });
  };

  const fill = async (form) => {
    const field = form.elements.namedItem("secret");
    const use = form.querySelector("input[name='use']:checked")?.value;
    const wantsSecret = Boolean(field) && use !== "key";
    const publicKey = await asked(form, wantsSecret);
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    if (wantsSecret) {
      const { prf } = credential.getClientExtensionResults();
      const made = form.dataset.passkey === "create" && prf?.enabled;
      const output =
        prf?.results?.first ?? (made && (await prfOfNew(credential, publicKey.rp.id)));
      field.value = output ? await expanded(output) : "";
    }
    const shared = form.elements.namedItem("shared");
    if (shared && document.querySelector("input[type='checkbox'][name='shared']")?.checked)
      shared.value = "on";
    form.elements.namedItem("credential").value = plain(credential);
  };

  forms.forEach((form) => {
    const trouble = form.querySelector("[data-passkey-trouble]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      trouble.hidden = true;
      try {
        await fill(form);
        form.submit();
      } catch {
        trouble.hidden = false;
      }
    });
    window.addEventListener("pageshow", () => {
      for (const name of ["credential", "secret"]) {
        const field = form.elements.namedItem(name);
        if (field) field.value = "";
      }
    });
  });
})();
