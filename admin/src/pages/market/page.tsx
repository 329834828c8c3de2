import { PageHead } from "../../ui/layout.tsx";

/** market */
export default function Page() {
  return <PageHead title="market" />;
}
