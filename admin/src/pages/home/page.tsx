import { PageHead } from "../../ui/layout.tsx";

/** home */
export default function Page() {
  return <PageHead title="home" />;
}
