import { PageHead } from "../../ui/layout.tsx";

/** analytics */
export default function Page() {
  return <PageHead title="analytics" />;
}
