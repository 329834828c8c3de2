import { PageHead } from "../../ui/layout.tsx";

/** addresses */
export default function Page() {
  return <PageHead title="addresses" />;
}
