// Cards dragged between columns: moved at once, put back with the reason when the server refuses.
import { problemOf, say } from "./live.js";

class Board extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.hover(event));
    this.addEventListener("dragend", () => this.rest());
    this.addEventListener("drop", (event) => this.drop(event));
    this.arm();
  }

  arm() {
    for (const card of this.querySelectorAll(".board-card[data-targets]")) card.draggable = Boolean(card.dataset.targets);
  }

  lift(event) {
    this.card = event.target.closest?.(".board-card[data-targets]");
    if (!this.card) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", this.card.dataset.id);
    const edge = this.card.getBoundingClientRect();
    event.dataTransfer.setDragImage(this.card, event.clientX - edge.left, event.clientY - edge.top);
    this.card.classList.add("moving");
    const open = this.card.dataset.targets.split(" ");
    for (const column of this.querySelectorAll(".board-column")) {
      column.classList.toggle("refuses", column !== this.card.closest(".board-column") && !open.includes(column.dataset.value));
    }
  }

  hover(event) {
    const column = event.target.closest(".board-column");
    for (const other of this.querySelectorAll(".over")) if (other !== column) other.classList.remove("over");
    if (!this.card || !column || column.classList.contains("refuses")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    column.classList.toggle("over", column !== this.card.closest(".board-column"));
  }

  rest() {
    this.card?.classList.remove("moving");
    for (const column of this.querySelectorAll(".board-column")) column.classList.remove("over", "refuses");
    this.card = null;
  }

  async drop(event) {
    const column = event.target.closest(".board-column");
    const card = this.card;
    if (!card || !column || column === card.closest(".board-column")) return;
    event.preventDefault();
    const home = card.parentElement;
    const next = card.nextElementSibling;
    column.querySelector(".board-cards").prepend(card);
    this.rest();
    const body = new URLSearchParams(new FormData(this.querySelector("form.board-form")));
    body.set("id", card.dataset.id);
    body.set("version", card.dataset.version);
    body.set("to", column.dataset.value);
    const back = () => home.insertBefore(card, next);
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body, headers: { "HX-Request": "true", Accept: "text/html, application/problem+json" } });
      if (answer.ok) this.renew(await answer.text());
      else {
        back();
        const problem = await problemOf(answer);
        if (problem.go) location.assign(problem.go);
        else say(problem.text, "bad");
      }
    } catch {
      back();
      say(document.body.dataset.offlineText, "bad");
    }
  }

  renew(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const board = page.querySelector(".board");
    if (board) {
      this.querySelector(".board").replaceWith(board);
      window.htmx?.process(board);
      this.arm();
    }
    document.querySelector("#toasts").append(...page.querySelectorAll("#toasts .toast"));
  }
}
customElements.define("xrm-board", Board);
