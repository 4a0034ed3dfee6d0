// A form's tabs. Without this file all parts stand one below the other; all of them are always sent.
class Tabs extends HTMLElement {
  connectedCallback() {
    this.panels = [...this.querySelectorAll(":scope > .form-panel")];
    if (this.reveal) document.addEventListener("click", this.reveal, true);
    if (this.panels.length < 2 || this.querySelector(":scope > .tabs")) return;
    const list = document.createElement("div");
    list.className = "tabs";
    list.role = "tablist";
    list.setAttribute("aria-label", this.dataset.label);
    list.append(...this.panels.map((panel) => this.button(panel)));
    this.prepend(list);
    list.addEventListener("click", (event) => event.target.closest("[role=tab]") && this.show(this.tabs.indexOf(event.target.closest("[role=tab]"))));
    list.addEventListener("keydown", (event) => this.walk(event));
    const asked = this.panels.findIndex((panel) => location.hash && (`#${panel.id}` === location.hash || panel.querySelector(location.hash)));
    const kept = this.panels.findIndex((panel) => panel.id === Tabs.last);
    const wrong = this.panels.findIndex((panel) => panel.dataset.errors !== "0");
    this.show([asked, kept, wrong].find((index) => index >= 0) ?? 0, false);
    if (asked >= 0) document.querySelector(location.hash).scrollIntoView({ block: "start" });
    this.reveal = (event) => this.open(event.target.closest?.('a[href^="#f-"]')?.hash);
    document.addEventListener("click", this.reveal, true);
  }

  disconnectedCallback() {
    if (this.reveal) document.removeEventListener("click", this.reveal, true);
  }

  get tabs() {
    return [...this.querySelectorAll(":scope > .tabs > [role=tab]")];
  }

  button(panel) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.role = "tab";
    tab.id = `${panel.id}-tab`;
    tab.textContent = panel.dataset.tab;
    tab.setAttribute("aria-controls", panel.id);
    if (panel.dataset.errors !== "0") {
      const count = document.createElement("span");
      count.className = "count bad";
      count.textContent = panel.dataset.errors;
      tab.append(count);
    }
    panel.role = "tabpanel";
    panel.setAttribute("aria-labelledby", tab.id);
    const title = panel.querySelector(":scope > .panel-title");
    title?.classList.add("unseen");
    return tab;
  }

  show(index, remember = true) {
    this.panels.forEach((panel, at) => (panel.hidden = at !== index));
    this.tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
    });
    if (remember) Tabs.last = this.panels[index].id;
  }

  walk(event) {
    const rtl = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    const by = { ArrowRight: rtl, ArrowLeft: -rtl }[event.key];
    if (!by) return;
    const next = (this.tabs.indexOf(document.activeElement) + by + this.tabs.length) % this.tabs.length;
    this.show(next);
    this.tabs[next].focus();
    event.preventDefault();
  }

  open(hash) {
    if (!hash) return;
    const index = this.panels.findIndex((panel) => panel.querySelector(hash));
    if (index >= 0) this.show(index);
  }
}
customElements.define("xrm-tabs", Tabs);

document.addEventListener("click", (event) => {
  const target = document.querySelector(event.target.closest?.('a[href^="#f-"]')?.hash || null);
  if (!target) return;
  event.preventDefault();
  target.closest("details")?.setAttribute("open", "");
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
});
