import { PageHead } from "../../ui/layout.tsx";

/** account */
export default function Page() {
  return <PageHead title="account" />;
}
