import { PageHead } from "../../ui/layout.tsx";

/** system */
export default function Page() {
  return <PageHead title="system" />;
}
