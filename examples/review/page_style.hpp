#pragma once

namespace review {

/// The look of the page. Colours are variables, so that one rule changes them all for dark screens.
inline constexpr const char* page_style = R"css(
:root{color-scheme:light dark;--bg:#fbfaf8;--card:#fff;--fg:#1c1b1a;--dim:#67635d;--rule:#d8d3cb;--good:#15803d;--bad:#c2273d;--key:#2563eb}
@media (prefers-color-scheme:dark){:root{--bg:#161719;--card:#1f2124;--fg:#ecebe8;--dim:#a3a09a;--rule:#3b3f45;--good:#4ade80;--bad:#ff6b7d;--key:#6aa8ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1180px;margin:0 auto;padding:1rem}
h1{font-size:1.35rem;line-height:1.3;margin:.8rem 0 .1rem}
h2{font-size:.95rem;margin:0 0 .5rem;color:var(--dim);font-weight:600}
p{margin:.2rem 0 .8rem}
.dim{color:var(--dim);font-size:.88rem}
.bar{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:center}
.bar .grow{flex:1 1 14rem}
progress{width:100%;height:.7rem;accent-color:var(--key)}
label{font-size:.88rem;color:var(--dim)}
input{font:inherit;color:inherit;background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:.25rem .5rem;width:14rem;max-width:100%}
.samples{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr));margin:.8rem 0}
.sample{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:.8rem;min-width:0}
.sample.suspect{border-color:var(--key);border-width:2px}
.content{max-height:45vh;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}
.sample img{display:block;max-width:100%;max-height:45vh;margin:0 auto;min-width:8rem;image-rendering:pixelated}
.answers{display:flex;flex-wrap:wrap;gap:.6rem;margin:.4rem 0 1rem}
button{font:inherit;color:var(--fg);background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:.45rem .9rem;cursor:pointer}
button:hover{border-color:var(--key)}
button[aria-pressed=true]{border-color:var(--key);box-shadow:inset 0 0 0 1px var(--key)}
button.positive{color:var(--good)}
button.negative{color:var(--bad)}
button:disabled{opacity:.45;cursor:default}
kbd{font:inherit;font-size:.78rem;color:var(--dim);border:1px solid var(--rule);border-radius:4px;padding:0 .3rem;margin-left:.35rem}
:focus-visible{outline:2px solid var(--key);outline-offset:2px}
.warning{color:var(--bad)}
[hidden]{display:none!important}
)css";

}  // namespace review
