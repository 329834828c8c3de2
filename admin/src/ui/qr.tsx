import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** A text as a QR code (ISO/IEC 18004), drawn as one path. */
export function Qr({ text, label }: { readonly text: string; readonly label: string }) {
  const drawing = useSignal<{ size: number; path: string } | undefined>(undefined);
  useEffect(() => {
    let wanted = true;
    void import("qr").then(({ encodeQR }) => {
      if (!wanted) return;
      const rows = encodeQR(text, "raw", { ecc: "medium", border: 1 });
      const path = rows.flatMap((row, y) =>
        row.flatMap((dark, x) => dark ? [`M${x} ${y}h1v1h-1z`] : [])
      ).join("");
      drawing.value = { size: rows.length, path };
    }).catch(() => {});
    return () => {
      wanted = false;
    };
  }, [text]);
  const drawn = drawing.value;
  return (
    <div class="qr">
      {drawn && (
        <svg
          viewBox={`0 0 ${drawn.size} ${drawn.size}`}
          role="img"
          aria-label={label}
          shape-rendering="crispEdges"
        >
          <path d={drawn.path} fill="#000" />
        </svg>
      )}
    </div>
  );
}
