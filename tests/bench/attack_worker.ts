// A thread that attacks a node of the bench until it is ended.
import { type Attack, attack } from "./attackers.ts";

const scope = self as unknown as { onmessage: (event: { readonly data: Attack }) => void };
scope.onmessage = ({ data }) => attack(data);
