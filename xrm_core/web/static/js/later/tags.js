// Tags: chips over a plain text with commas, which is what is sent.
class Tags extends HTMLElement {
  connectedCallback() {
    if (this.source) return;
    this.source = this.querySelector("input");
    const isTyping = document.activeElement === this.source && this.source.value !== this.source.defaultValue;
    const isHere = document.activeElement === this.source;
    this.entry = this.source.cloneNode();
    this.source.type = "hidden";
    this.source.removeAttribute("id");
    this.entry.removeAttribute("name");
    this.entry.removeAttribute("required");
    const parts = this.source.value.split(",");
    this.entry.value = isTyping ? parts.pop().trimStart() : ""; // the last one is still being typed
    if (isTyping) this.source.value = parts.join(",");
    this.chips = document.createElement("span");
    this.chips.className = "chosen";
    this.append(this.chips, this.entry);
    this.entry.addEventListener("keydown", (event) => this.key(event));
    this.entry.addEventListener("change", () => this.take());
    this.draw();
    if (isHere) this.entry.focus();
  }

  get tags() {
    return this.source.value.split(",").map((tag) => tag.trim()).filter(Boolean);
  }

  key(event) {
    if ((event.key === "Enter" || event.key === ",") && this.entry.value.trim()) {
      event.preventDefault();
      this.take();
    } else if (event.key === "Backspace" && !this.entry.value) this.keep(this.tags.slice(0, -1));
  }

  take() {
    const added = this.entry.value.split(",").map((tag) => tag.trim()).filter(Boolean);
    this.entry.value = "";
    if (added.length) this.keep([...new Set([...this.tags, ...added])]);
  }

  keep(tags) {
    this.source.value = tags.join(", ");
    this.source.dispatchEvent(new Event("change", { bubbles: true }));
    this.draw();
  }

  draw() {
    this.chips.replaceChildren(...this.tags.map((tag) => {
      const chip = document.createElement("span");
      chip.className = "chip";
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "chip-x";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `${this.source.dataset.removeText} ${tag}`);
      remove.addEventListener("click", () => {
        this.keep(this.tags.filter((other) => other !== tag));
        this.entry.focus();
      });
      chip.append(tag, remove);
      return chip;
    }));
  }
}
customElements.define("xrm-tags", Tags);
