import { PageHead } from "../../ui/layout.tsx";

/** peers */
export default function Page() {
  return <PageHead title="peers" />;
}
