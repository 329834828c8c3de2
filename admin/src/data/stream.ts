import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** How a live stream is: `waiting` between two attempts. */
export type StreamState = "connecting" | "live" | "waiting" | "off";

/**
 * Listens to server-sent events (HTML standard §9.2) for as long as the component is there and the
 * page is visible; the browser connects again by itself, and we do where it gives up.
 */
export function useStream(
  path: string | undefined,
  onMessage: (data: unknown) => void,
  { onOpen }: { readonly onOpen?: () => void } = {},
): StreamState {
  const state = useSignal<StreamState>("off");
  const handlers = useRef({ onMessage, onOpen });
  handlers.current = { onMessage, onOpen };
  useEffect(() => {
    if (path === undefined) {
      state.value = "off";
      return;
    }
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const close = () => {
      clearTimeout(timer);
      source?.close();
      source = undefined;
    };
    const open = () => {
      close();
      state.value = "connecting";
      source = new EventSource(path);
      source.onopen = () => {
        state.value = "live";
        handlers.current.onOpen?.();
      };
      source.onmessage = (event) => {
        try {
          handlers.current.onMessage(JSON.parse(event.data));
        } catch { /* not ours */ }
      };
      source.onerror = () => {
        state.value = "waiting";
        if (source?.readyState !== EventSource.CLOSED) return;
        clearTimeout(timer);
        timer = setTimeout(open, 5000);
      };
    };
    const look = () => {
      if (document.visibilityState !== "visible") {
        close();
        state.value = "off";
      } else if (source === undefined) open();
    };
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      document.removeEventListener("visibilitychange", look);
      close();
    };
  }, [path]);
  return state.value;
}
