import { PageHead } from "../../ui/layout.tsx";

/** activity */
export default function Page() {
  return <PageHead title="activity" />;
}
