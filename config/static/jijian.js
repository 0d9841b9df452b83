// Conveniences only: every page works without this file.
document.documentElement.classList.add("scripted");

const begun = performance.now();
const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  if (event.target.closest("[data-print]")) window.print();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A filter form marked so sends itself when a choice is made; its button stays for those without script.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-send-on-change]");
  if (form && event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
});

// The match board: a key presses the button that names it, or goes to the field; the difference follows what
// is ticked. A key that is held, or pressed before the new line could be read, takes nothing; where one types
// it is a letter, and on a link or button Enter is that one's.
const TYPED = "select, textarea, input:not([type=checkbox], [type=radio], [type=file])";
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.defaultPrevented || event.timeStamp < begun + 500) return;
  if (!document.querySelector("[data-board]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(event.key === "Enter" ? "input, textarea, select, button, a, summary" : TYPED)) return;
  const pressed = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (!pressed) return;
  event.preventDefault();
  if (pressed.matches("input")) pressed.focus(); else pressed.click();
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-left]");
  if (!form) return;
  const places = Number(form.dataset.places);
  let left = Number(form.dataset.left);
  for (const box of form.querySelectorAll("input[name=invoice]:checked")) {
    left -= Math.round(Number(form.elements[`amount-${box.value}`].value) * 10 ** places) || 0;
  }
  const told = form.querySelector("[data-difference]");
  told.textContent = (left / 10 ** places).toFixed(places);
  told.classList.toggle("strong", left !== 0);
});
