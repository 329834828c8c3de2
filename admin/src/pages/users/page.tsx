import { PageHead } from "../../ui/layout.tsx";

/** users */
export default function Page() {
  return <PageHead title="users" />;
}
