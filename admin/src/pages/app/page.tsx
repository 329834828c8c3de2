import { PageHead } from "../../ui/layout.tsx";

/** app */
export default function Page() {
  return <PageHead title="app" />;
}
