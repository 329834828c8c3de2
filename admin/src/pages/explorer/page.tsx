import { PageHead } from "../../ui/layout.tsx";

/** explorer */
export default function Page() {
  return <PageHead title="explorer" />;
}
