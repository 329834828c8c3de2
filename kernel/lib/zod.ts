import { z } from "zod";

// Code generation from strings is off in this process (see koder/decisions).
z.config({ jitless: true });

export { z };
