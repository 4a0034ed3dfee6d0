// Links: find a record while typing. The id goes into the hidden input (or a ticked box when several may be chosen).
import { combobox, fragment } from "./combobox.js";

class Lookup extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.input = this.querySelector('input[type="text"]');
    this.hidden_ = this.querySelector('input[type="hidden"]');
    const box = this.querySelector(".options");
    const extra = this.querySelector("template")?.content.cloneNode(true);
    if (extra) box.append(extra);
    // What the page said when it came: what was typed before this module was here is not a name that was chosen.
    this.shown = this.hidden_ && !this.hidden_.value ? "" : this.input.defaultValue;
    box.addEventListener("click", (event) => this.make(event), true);
    this.list = combobox(this.input, box, { load: (text, signal) => this.load(text, signal), choose: (option) => this.choose(option) });
    this.input.addEventListener("change", () => this.typed());
    if (document.activeElement !== this.input) this.typed();
  }

  load(text, signal) {
    const url = new URL(this.dataset.url, location.href);
    url.searchParams.set("q", text === this.shown ? "" : text);
    return fragment(url, signal);
  }

  make(event) {
    // A new record begins with the name that was looked for; with another button or key the link is a link.
    const link = event.target.closest(".option-link");
    if (!link) return;
    const url = new URL(link.href);
    if (this.input.value !== this.shown) url.searchParams.set("name", this.input.value);
    link.href = url.href;
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.list.close();
    this.input.focus();
    import("./inplace.js").then(({ create }) => create(url, (value, label) => this.choose({ dataset: { value, label } })));
  }

  choose(option) {
    const { value, label } = option.dataset;
    if (this.dataset.many) {
      this.add(value, label);
      this.input.value = "";
      if (document.activeElement === document.body || this.contains(document.activeElement)) this.input.focus();
      return;
    }
    this.input.value = this.shown = label;
    if (this.hidden_) this.set(value);
    else this.input.dispatchEvent(new Event("change", { bubbles: true })); // the name itself is sent
  }

  typed() {
    if (this.hidden_ && !this.dataset.many && this.input.value !== this.shown) this.set("");
  }

  set(value) {
    if (this.hidden_.value === value) return;
    this.hidden_.value = value;
    this.hidden_.dispatchEvent(new Event("change", { bubbles: true }));
  }

  add(value, label) {
    const chosen = this.querySelector(".chosen");
    const there = [...chosen.querySelectorAll("input")].find((input) => input.value === value);
    if (there) {
      there.checked = true;
      return;
    }
    const chip = document.createElement("label");
    chip.className = "choice";
    const tick = Object.assign(document.createElement("input"), { type: "checkbox", name: this.dataset.many, value, checked: true });
    chip.append(tick, label);
    chosen.append(chip);
    tick.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
customElements.define("xrm-lookup", Lookup);
