#pragma once

namespace examples {

/// The look of the page. Colours are variables, so that one rule changes them all for dark screens.
inline constexpr const char* report_css = R"css(
:root{color-scheme:light dark;--bg:#fbfaf8;--card:#fff;--fg:#1c1b1a;--dim:#67635d;--rule:#e3dfd8;--good:#15803d;--bad:#c2273d;--heat:#f0932b;
--s0:#6b7280;--s1:#cc2f4a;--s2:#15803d;--s3:#b45309;--s4:#2563eb;--s5:#7c3aed;--s6:#0e7490;
--c0:#4e79a7;--c1:#e8811a;--c2:#d94a4c;--c3:#3a9c95;--c4:#4d9443;--c5:#c9a20a;--c6:#a0618f;--c7:#ee7f8c;--c8:#8f6a54;--c9:#6f6f6f}
@media (prefers-color-scheme:dark){:root{--bg:#161719;--card:#1f2124;--fg:#ecebe8;--dim:#a3a09a;--rule:#373a3f;--good:#4ade80;--bad:#ff6b7d;--heat:#b8641a;
--s0:#a8adb6;--s1:#ff6f84;--s2:#4ade80;--s3:#fbad3c;--s4:#6aa8ff;--s5:#c0a7ff;--s6:#2fd3e8;
--c0:#79a7d8;--c1:#ff9d45;--c2:#ff7a76;--c3:#63cdc5;--c4:#7cc96f;--c5:#ecca4c;--c6:#d093c0;--c7:#ffabb4;--c8:#c39a80;--c9:#b4b4b4}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.25rem;margin:2.75rem 0 .35rem;padding-top:1rem;border-top:1px solid var(--rule)}
h3{font-size:1rem;margin:0 0 .35rem}
p{margin:.4rem 0 .9rem;max-width:46rem}
.lead{font-size:1.08rem}
.dim,figcaption{color:var(--dim);font-size:.88rem}
.grid{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr))}
.grid.wide{grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr))}
.grid.small{grid-template-columns:repeat(auto-fit,minmax(min(100%,16rem),1fr))}
.grid.tiny{grid-template-columns:repeat(auto-fit,minmax(min(100%,14.5rem),1fr))}
.gap{margin-top:1.4rem}
.narrow{max-width:38rem}
figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:.8rem;min-width:0}
figcaption{margin-top:.35rem}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--fg)}
svg .tick{fill:var(--dim);font-size:10.5px}
svg .name{fill:var(--dim)}
svg .note{paint-order:stroke;stroke:var(--card);stroke-width:4px}
svg .rule{stroke:var(--rule);fill:none}
svg .axis{stroke:var(--dim);fill:none}
.series .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}
.series .band{fill:var(--c);opacity:.24;stroke:none}
.series .dashed{stroke-dasharray:5 3}
.series circle{fill:var(--c)}
.series .leader{stroke:var(--c);stroke-width:.8;opacity:.6;fill:none}
.series .label{fill:var(--c);font-weight:600;cursor:default}
.series{transition:opacity .12s}
.fade .series:not(.on){opacity:.13}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--rule);border-radius:8px}
table{border-collapse:collapse;font-size:.86rem;width:100%}
th,td{padding:.32rem .6rem;text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;border-bottom:1px solid var(--rule)}
th{font-weight:600;color:var(--dim);vertical-align:bottom}
th[colspan]{text-align:center}
th:first-child,td:first-child,.text{text-align:left}
tr:last-child td{border-bottom:0}
.part td{border-top:2px solid var(--dim)}
.up{color:var(--good)}.down{color:var(--bad)}
.gallery td,.gallery th{text-align:center;padding:.45rem .55rem;vertical-align:top}
.gallery th{text-align:center}
.pair{display:flex;gap:.5rem;justify-content:center}
.sample{display:inline-block;font-size:.72rem;line-height:1.25;color:var(--dim);min-width:3.4rem}
.sample svg,.sample .line-number{width:3.2rem;height:3.2rem;margin:0 auto .2rem;border:2px solid var(--rule);border-radius:4px;background:var(--bg)}
.sample .line-number{display:flex;align-items:center;justify-content:center;color:var(--fg)}
.sample.positive svg,.sample.positive .line-number{border-color:var(--s4)}
.sample.negative svg,.sample.negative .line-number{border-color:var(--s3)}
.sample.wrong b{color:var(--bad)}
.sample b{color:var(--fg);font-weight:600;display:block}
.key{display:inline-block;width:.8em;height:.8em;border-radius:3px;border:2px solid;vertical-align:-.08em}
.cloud path{fill:none;stroke-width:3.4;stroke-linecap:round;opacity:.62}
.cloud text{font-size:15px;font-weight:700;text-anchor:middle;paint-order:stroke;stroke:var(--card);stroke-width:3.5px}
.heat rect{fill:var(--heat)}
.heat .blank{fill:var(--rule);opacity:.45}
.heat text{font-size:9px}
.heat .name{font-size:10.5px}
details{margin:1rem 0}
summary{cursor:pointer;color:var(--dim)}
code{font-size:.92em}
a{color:var(--s4)}
@media (max-width:30rem){body{font-size:15px}main{padding:1rem .75rem 3rem}figure{padding:.5rem}th,td{padding:.3rem .4rem}
figure svg text,figure svg .tick{font-size:12px}figure svg .label{font-size:11px}}
)css";

/// Pointing at a strategy in one chart fades the others in all of them. Without it the page only lacks that.
inline constexpr const char* report_script = R"js(
document.querySelectorAll(".series").forEach(e=>{
const all=[...document.querySelectorAll('.series[data-series="'+e.dataset.series+'"]')];
e.addEventListener("pointerenter",()=>{document.body.classList.add("fade");all.forEach(x=>x.classList.add("on"))});
e.addEventListener("pointerleave",()=>{document.body.classList.remove("fade");all.forEach(x=>x.classList.remove("on"))})});
)js";

}  // namespace examples
