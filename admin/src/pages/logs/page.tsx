import { PageHead } from "../../ui/layout.tsx";

/** logs */
export default function Page() {
  return <PageHead title="logs" />;
}
