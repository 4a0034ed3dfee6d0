// Light or dark, high or low rows: seen at once, kept by the server in a cookie.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.preferences === undefined || !event.submitter?.name) return;
  event.preventDefault();
  const { name, value } = event.submitter;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  document.documentElement.dataset[name] = value;
  for (const button of form.querySelectorAll(`button[name="${name}"]`)) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
  await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
});
