import { PageHead } from "../../ui/layout.tsx";

/** egress */
export default function Page() {
  return <PageHead title="egress" />;
}
