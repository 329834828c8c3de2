import { PageHead } from "../../ui/layout.tsx";

/** events */
export default function Page() {
  return <PageHead title="events" />;
}
