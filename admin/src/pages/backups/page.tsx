import { PageHead } from "../../ui/layout.tsx";

/** backups */
export default function Page() {
  return <PageHead title="backups" />;
}
