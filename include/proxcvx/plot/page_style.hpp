// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

// How a page looks: on a phone and on a wide screen, light and dark as the reader's system asks, and on paper. Pictures
// keep a white panel in either scheme.

namespace proxcvx::detail {

inline constexpr std::string_view page_style = R"(
:root { color-scheme: light dark;
  --paper: #ffffff; --ink: #1b2330; --soft: #596579; --line: #dde2ea; --panel: #f5f7fa;
  --good-ink: #0b4f7d; --good: #dcedf8; --bad-ink: #8f1d0c; --bad: #fbe1db; --open-ink: #6a4a00; --open: #fbeecb; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14181f; --ink: #e4e8ef; --soft: #9aa6b8; --line: #2f3744; --panel: #1c222c;
  --good-ink: #a9d8f7; --good: #12384f; --bad-ink: #ffbfb2; --bad: #54190f; --open-ink: #f5d88a; --open: #463508; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 74rem; margin: 0 auto; padding: clamp(1rem, 4vw, 3rem); }
h1 { font-size: clamp(1.45rem, 4.5vw, 2.1rem); line-height: 1.2; margin: 0 0 0.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0; overflow-wrap: anywhere; }
.summary { font-size: 1.08rem; color: var(--soft); max-width: 46rem; margin: 0 0 1.5rem; overflow-wrap: anywhere; }
section { border-top: 1px solid var(--line); padding: 1.5rem 0 0.5rem; margin-top: 1.5rem; }
.head { display: flex; flex-wrap: wrap; gap: 0.5rem 0.9rem; align-items: center; margin-bottom: 0.9rem; }
.badge { border-radius: 99px; padding: 0.15rem 0.8rem; font-size: 0.92rem; font-weight: 600; white-space: nowrap; }
.good { color: var(--good-ink); background: var(--good); }
.bad { color: var(--bad-ink); background: var(--bad); }
.open { color: var(--open-ink); background: var(--open); }
table { border-collapse: collapse; width: 100%; max-width: 58rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 0.32rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
th { width: 13rem; padding-right: 1rem; font-weight: 500; color: var(--soft); }
tr:last-child th, tr:last-child td { border-bottom: 0; }
.facts { background: var(--panel); border-radius: 0.6rem; padding: 0.5rem 1rem; max-width: 60rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1rem;
  margin-top: 1.1rem; }
figure { margin: 0; padding: 0.5rem; background: #ffffff; border: 1px solid var(--line); border-radius: 0.6rem;
  max-width: 48rem; }
figure svg { display: block; width: 100%; height: auto; }
.note { color: var(--soft); margin: 0.8rem 0 0; max-width: 52rem; overflow-wrap: anywhere; }
@media (max-width: 34rem) {
  th, td { display: block; width: auto; border-bottom: 0; padding: 0; }
  th { padding-top: 0.45rem; font-size: 0.88rem; }
  td { padding-bottom: 0.45rem; border-bottom: 1px solid var(--line); }
  figure { margin: 0 -0.5rem; padding: 0.2rem; } }
@media print { :root { color-scheme: light;
    --paper: #ffffff; --ink: #000000; --soft: #444444; --line: #cccccc; --panel: #ffffff;
    --good-ink: #0b4f7d; --good: #ffffff; --bad-ink: #8f1d0c; --bad: #ffffff; --open-ink: #6a4a00; --open: #ffffff; }
  body { font-size: 10pt; }
  main { padding: 0; max-width: none; }
  .badge { border: 1px solid currentColor; }
  .pictures { grid-template-columns: 1fr 1fr; }
  h2, .head { break-after: avoid; }
  figure, tr { break-inside: avoid; } }
)";

}  // namespace proxcvx::detail
