import { SettingsList } from "../../parts/settings_list.tsx";
import { PageHead } from "../../ui/layout.tsx";

/** Every setting of the node. */
export default function Page() {
  return (
    <>
      <PageHead
        title="Settings"
        sub="A flag goes before the environment, that before what is saved here"
      />
      <SettingsList source="/api/system/config" group={(key) => key.split(".")[0] ?? key} />
    </>
  );
}
