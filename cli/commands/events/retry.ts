import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt events retry`. */
export const command = defineCommand({
  name: "events retry",
  summary: "Deliver again what was given up",
  group: "system",
  args: ["<delivery>"],
  examples: ["events retry 42"],
  async run({ args, api, out }) {
    const delivery = await api.post<{ readonly id: number }>(
      apiPath`/api/events/deliveries/${args.delivery}/retry`,
    );
    out.result(delivery, () => [`Delivery ${delivery.id} is tried again`]);
  },
});
