export {
  chooseDefaultPeer,
  dropPeer,
  LOCAL_PEER,
  type NewPeer,
  type Peer,
  peerUrl,
  putPeer,
  readPeer,
  readPeers,
} from "./peer_rows.ts";
export { type PeerInfo, Peers } from "./peers.ts";
