#pragma once

namespace review {

/// What is on the page before its script fills it.
inline constexpr const char* page_body = R"html(
<main>
<noscript><p class="warning">This page needs JavaScript to be switched on. It asks for nothing outside this file.</p></noscript>
<div class="bar">
<div class="grow"><progress id="progress" value="0" aria-label="progress"></progress><div class="dim" id="count" aria-live="polite"></div></div>
<label>Your name <input id="annotator" autocomplete="name" maxlength="200" dir="auto"></label>
<button id="save">Save verdicts<kbd>d</kbd></button>
</div>
<p class="warning" id="warning" role="alert" hidden></p>
<div id="record">
<h1 id="question"></h1>
<p class="dim" id="reasons"></p>
<div class="answers">
<button id="positive" class="positive"><span id="positive-text"></span><kbd>p</kbd></button>
<button id="negative" class="negative"><span id="negative-text"></span><kbd>n</kbd></button>
<button id="skip">Skip<kbd>s</kbd></button>
<button id="undo">Undo<kbd>u</kbd></button>
<button id="back" aria-label="the record before">&#8592;</button>
<button id="forward" aria-label="the next record">&#8594;</button>
</div>
<div class="samples">
<section class="sample" id="anchor-box"><h2 id="anchor-title">Anchor</h2><div class="content" id="anchor"></div></section>
<section class="sample" id="other-positive-box"><h2>A positive of the anchor, to compare with</h2><div class="content" id="other-positive"></div></section>
<section class="sample suspect" id="candidate-box"><h2>Suspect</h2><div class="content" id="candidate"></div></section>
</div>
</div>
<p class="dim">Answers are kept in this browser, each with the name that is there when it is given, until they are saved to a file, and
after. Keys: p positive, n negative, s skip, u undo,
arrows go back and forth, d saves the file of verdicts.</p>
</main>
)html";

}  // namespace review
