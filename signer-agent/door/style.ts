/** The page's look: the system's own fonts, room for 1366×768, focus that is seen. */
export const style = `
:root { color-scheme: light; font: 16px/1.45 system-ui, sans-serif; color: #14212b; background: #f4f6f8; }
* { box-sizing: border-box; }
body { margin: 0; }
main, #notice { max-width: 76rem; margin: 0 auto; padding: 0 1rem 1rem; }
.bar { display: flex; gap: 1.5rem; align-items: center; padding: .5rem 1rem; background: #0b3d5c; color: #fff; }
.bar nav { display: flex; gap: .5rem; }
h1 { font-size: 1.6rem; margin: .8rem 0 .4rem; }
h1:focus { outline: none; }
h2 { font-size: 1.15rem; margin: 1rem 0 .4rem; }
h3 { font-size: 1rem; margin: .8rem 0 .3rem; }
:focus-visible { outline: 3px solid #d97706; outline-offset: 2px; }
button { font: inherit; padding: .45rem .9rem; border: 1px solid #0b3d5c; border-radius: .3rem; background: #fff; color: #0b3d5c; cursor: pointer; }
button.main { background: #0b3d5c; color: #fff; font-weight: 600; }
button.plain { padding: .1rem .4rem; }
button:disabled { border-color: #8a97a1; color: #5b6770; cursor: default; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
label { display: block; margin: .5rem 0 .2rem; }
input[type=checkbox] + label { display: inline; }
input:not([type=checkbox]) { font: inherit; padding: .4rem; border: 1px solid #5b6770; border-radius: .3rem; width: 24rem; max-width: 100%; }
table { border-collapse: collapse; background: #fff; }
th, td { border: 1px solid #c6cfd6; padding: .25rem .6rem; text-align: left; vertical-align: top; }
.facts th { font-weight: 600; white-space: nowrap; background: #eaf0f4; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { max-height: 19rem; overflow: auto; }
.columns { display: grid; grid-template-columns: minmax(18rem, 1fr) 2fr; gap: 1.5rem; }
.records { padding-left: 0; list-style: none; }
.records li { margin: .3rem 0; }
.mode { font-size: 1.15rem; font-weight: 600; margin: .3rem 0; }
.digest { margin: .8rem 0; padding: .6rem 1rem; border: 2px solid #0b3d5c; background: #fff; }
.digest p { margin: .2rem 0; }
.short { font: 600 1.35rem ui-monospace, monospace; }
.phrase { font-size: 1.4rem; }
.small { font-size: .9rem; color: #46525b; overflow-wrap: anywhere; }
.failure, .warning { border-left: .4rem solid #b42318; background: #fff1ef; padding: .5rem .8rem; margin: .5rem 0; }
.warning { border-color: #b45309; background: #fff7e6; }
.failure p { margin: .2rem 0; }
.success { border-left: .4rem solid #18794e; background: #eaf7f0; padding: .5rem .8rem; }
.counts { font-size: 1.2rem; font-weight: 600; }
.present { font-weight: 600; color: #18794e; }
progress { width: 100%; height: 1.4rem; }
.announced { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media print { .bar, .buttons { display: none; } }
`;
