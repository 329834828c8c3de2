import { PageHead } from "../../ui/layout.tsx";

/** apps */
export default function Page() {
  return <PageHead title="apps" />;
}
