// The box in the top bar: places of the menu at once, records from the server, Enter opens.
import { combobox, fragment } from "./combobox.js";

const form = document.querySelector("[data-search]");

function places(text) {
  const words = text.toLowerCase();
  const found = [...document.querySelectorAll(".side-link")].filter((link) => link.textContent.toLowerCase().includes(words)).slice(0, words ? 4 : 8);
  return found.map((link) => {
    const option = document.createElement("a");
    option.role = "option";
    option.href = link.href;
    option.tabIndex = -1;
    const icon = link.querySelector(".icon")?.cloneNode(true);
    if (icon) option.append(icon);
    option.append(link.querySelector("span").textContent);
    return option.outerHTML;
  }).join("");
}

if (form) {
  const input = form.querySelector("#top-q");
  combobox(input, form.querySelector("#top-hits"), {
    load: async (text, signal) => places(text) + (text.length > 1 ? await fragment(`${form.dataset.search}?q=${encodeURIComponent(text)}`, signal) : ""),
    choose: (option) => location.assign(option.href),
  });
}
