// Turns clicks on the page's own buttons into one event, and keeps focus and place over redraws.
// It runs once for each part of the page; `state` is common to all of them.
const page = element.closest(".gradio-container") || document.body;
const state = page.shelftalker ||= { focused: null, turns: 0, following: false };

// Early on a slow machine the button may not be drawn yet.
const send = () => {
  const button = page.querySelector("#st-send");
  if (button) button.click(); else setTimeout(send, 60);
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-button]");
  if (!button) return;
  state.focused = button.dataset.key;
  if (button.dataset.button === "example") {
    const box = page.querySelector("#st-box textarea, #st-box input");
    box.value = button.dataset.value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(send, 60);
    return;
  }
  trigger("press", { button: button.dataset.button, value: button.dataset.value });
});

new MutationObserver(() => {
  if (state.focused && (!document.activeElement || document.activeElement === document.body)) {
    const again = page.querySelector(`[data-key="${CSS.escape(state.focused)}"]`);
    if (again) again.focus({ preventScroll: true });
  }
  const all = page.querySelectorAll(".st-turn"), last = all[all.length - 1];
  state.following ||= all.length > state.turns;
  state.turns = all.length;
  const taste = page.querySelector(".st-taste");
  if (taste) {
    page.querySelector("#st-box textarea, #st-box input").placeholder = taste.dataset.hint;
    document.documentElement.lang = taste.lang;
  }
  if (!last || !state.following) return;
  last.scrollIntoView({ block: "start" });
  // Earlier cards fold up when the new ones come: only then is the place final.
  state.following = last.dataset.state === "working" && !last.querySelector(".st-card:not(.st-skeleton)");
}).observe(element, { childList: true, subtree: true });

const banner = () => document.getElementById("st-offline");
const online = (is) => { if (banner()) banner().hidden = is; };
if (element.closest("#st-latest")) {
  addEventListener("offline", () => online(false));
  addEventListener("online", () => online(true));
  setInterval(() => fetch(location.href, { method: "HEAD", cache: "no-store" })
    .then(() => online(true), () => online(false)), 5000);
}
