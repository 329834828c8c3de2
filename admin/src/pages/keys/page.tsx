import { PageHead } from "../../ui/layout.tsx";

/** keys */
export default function Page() {
  return <PageHead title="keys" />;
}
