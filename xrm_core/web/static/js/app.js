// The pages' own scripts. Everything they do can also be done without them; each file is one concern.
import "./dialogs.js";
import "./theme.js";
import "./menu.js";
import "./keys.js";
import "./live.js";
import "./place.js";
import "./guard.js";
import "./later.js";

document.documentElement.dataset.js = "";
