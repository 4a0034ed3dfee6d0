// Passkeys: the server's question goes to the browser, its answer back into the form, which is sent as any other.
const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function question(given) {
  const asked = { ...given, challenge: bytes(given.challenge) };
  if (asked.user) asked.user = { ...asked.user, id: bytes(asked.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (asked[list]) asked[list] = asked[list].map((one) => ({ ...one, id: bytes(one.id) }));
  }
  return asked;
}

function answer(found) {
  const response = { clientDataJSON: text(found.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (found.response[name]) response[name] = text(found.response[name]);
  }
  if (found.response.getTransports) response.transports = found.response.getTransports();
  return JSON.stringify({
    id: found.id,
    rawId: text(found.rawId),
    type: found.type,
    authenticatorAttachment: found.authenticatorAttachment,
    clientExtensionResults: {},
    response,
  });
}

async function ask(form) {
  if (!window.PublicKeyCredential) throw new Error(form.dataset.none);
  const body = new URLSearchParams(new FormData(form));
  const headers = { Accept: "application/problem+json" };
  const response = await fetch(form.dataset.options, { method: "POST", body, headers });
  const said = await response.json();
  if (!response.ok) throw new Error(said.detail || form.dataset.failed);
  const publicKey = question(said.publicKey);
  const found = await navigator.credentials[form.dataset.passkey]({ publicKey });
  form.elements.token.value = said.token;
  form.elements.answer.value = answer(found);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.passkey || form.elements.answer.value) return;
  event.preventDefault();
  const said = form.querySelector("[data-said]");
  said.hidden = true;
  try {
    await ask(form);
  } catch (fault) {
    const ours = fault.constructor === Error;
    said.textContent = ours ? fault.message : form.dataset.failed;
    said.hidden = false;
    return;
  }
  form.requestSubmit();
});
