import { PageHead } from "../../ui/layout.tsx";

/** settings */
export default function Page() {
  return <PageHead title="settings" />;
}
