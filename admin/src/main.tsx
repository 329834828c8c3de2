import { render } from "preact";
import { Root } from "./root.tsx";
import { watchLocation } from "./data/location.ts";

watchLocation();
const host = document.getElementById("app")!;
host.replaceChildren();
render(<Root />, host);
