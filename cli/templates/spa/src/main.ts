import "./style.css";
import { pageOf } from "./pages.ts";

const root = document.querySelector<HTMLElement>("#app")!;

// A click on a link of this site changes the page without loading it again.
document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest("a");
  const elsewhere = !link || link.origin !== location.origin || link.target !== "";
  if (elsewhere || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  show();
});
addEventListener("popstate", show);
show();

function show(): void {
  const { title, html } = pageOf(location.pathname);
  document.title = `${title} · my-app`;
  root.innerHTML = html;
}
