/// The style sheet and the script of a page. Both are free of `<` and `&`, so that the page is
/// well-formed XML.
enum HTMLStyle {
  static let sheet = """
    :root {
      --page: #ffffff; --text: #1f2328; --quiet: #59636e; --line: #d5d9de; --soft: #f4f6f8;
      --accent: #1f5fa8; --note: #fff8e1; --note-line: #d9a400;
      --data: #dcebfb; --data-line: #2f6fb4; --parameter: #e0f3e4; --parameter-line: #2c8144;
      --value: #f4f6f8; --value-line: #6b7580; --loss: #fde5e0; --loss-line: #c2432a;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --page: #16191d; --text: #e2e6ea; --quiet: #9aa4ae; --line: #3a4048; --soft: #1f2429;
        --accent: #7db4f0; --note: #2b2615; --note-line: #b98f14;
        --data: #1c3048; --data-line: #6aa8e8; --parameter: #1a3423; --parameter-line: #63b87b;
        --value: #23282e; --value-line: #8c96a1; --loss: #46231c; --loss-line: #ea8069;
      }
    }
    * { box-sizing: border-box }
    html { color-scheme: light dark; -webkit-text-size-adjust: 100% }
    body {
      margin: 0; background: var(--page); color: var(--text);
      font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif;
    }
    main { max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem }
    h1, h2, h3, h4, h5, h6 {
      font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; line-height: 1.25;
      overflow-wrap: break-word; text-wrap: balance;
    }
    h1 { font-size: 2rem; margin: 0 0 1.5rem }
    h2 {
      font-size: 1.4rem; margin: 3rem 0 1rem; padding-top: .75rem;
      border-top: 1px solid var(--line);
    }
    h3 { font-size: 1.1rem; margin: 2rem 0 .5rem }
    p, ul, nav { max-width: 44rem; overflow-wrap: break-word }
    p { margin: 0 0 1rem }
    li { margin: .25rem 0 }
    a { color: var(--accent) }
    nav { font-size: .95em; color: var(--quiet); margin-bottom: 2rem }
    nav ol { margin: 0; padding-left: 1.4rem; columns: 18rem }
    nav li { margin: 0; break-inside: avoid }
    code {
      font: .88em ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
      background: var(--soft); padding: .1em .3em; border-radius: 4px; overflow-wrap: anywhere;
    }
    .note {
      background: var(--note); border-left: 4px solid var(--note-line); padding: .75rem 1rem;
      border-radius: 0 6px 6px 0; margin: 1.25rem 0;
    }
    .scroll { overflow-x: auto; overflow-y: hidden; margin: 1rem 0 1.25rem; border-radius: 6px }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }

    math {
      font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", "TeX Gyre Termes Math", math;
      font-size: 1.08em;
    }
    mi.word { font-style: italic }
    .boxed { border: 1.5px solid var(--accent); border-radius: 3px; padding: .1em .3em }
    mtd { padding: .2em .45em }
    mtable.numbers mtd { text-align: right }
    mtable.cases mtd { text-align: left }

    .equations {
      display: grid; align-items: baseline; width: max-content; min-width: 100%;
      padding: .9rem 1.1rem; background: var(--soft); row-gap: .55rem;
      grid-template-columns: max-content max-content max-content max-content minmax(15rem, 1fr);
    }
    .left { grid-column: 1; text-align: right }
    .relation { grid-column: 2; padding: 0 .55em }
    .right { grid-column: 3 }
    .shape { grid-column: 4; padding-left: 2.2rem; color: var(--quiet); font-size: .92em }
    .reason {
      grid-column: 5; max-width: 27rem; padding-left: 2.2rem; color: var(--quiet);
      font-size: .88em; line-height: 1.45;
    }
    /* Longer than what has room beside it. */
    .right.long { grid-column: 3 / -1 }
    .more { padding-left: 1.5em }
    .reason.below { grid-column: 3 / -1; max-width: 40rem; padding: 0 0 .4rem 1.5em }

    table { border-collapse: collapse; font-size: .95em }
    th, td {
      padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left;
      vertical-align: baseline;
    }
    th { font-family: system-ui, sans-serif; font-size: .86em; color: var(--quiet) }
    thead th { border-bottom: 2px solid var(--line) }
    td code, th code { overflow-wrap: normal }
    .number { text-align: right; font-variant-numeric: tabular-nums }

    figure { margin: 1.25rem 0 }
    figcaption { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .88em }
    .key { display: inline-flex; align-items: center; gap: .4rem; color: var(--quiet) }
    .graph .scroll { margin: .6rem 0; background: var(--soft) }
    .graph .scroll > svg { display: block; margin: 0 auto }
    .node > rect, .node > path { stroke-width: 1.5 }
    .data > * { fill: var(--data); stroke: var(--data-line) }
    .parameter > * { fill: var(--parameter); stroke: var(--parameter-line) }
    .value > * { fill: var(--value); stroke: var(--value-line) }
    .loss > * { fill: var(--loss); stroke: var(--loss-line) }
    .node > text { fill: var(--text); stroke: none; text-anchor: middle }
    .node > .name { font: italic 18px "STIX Two Text", "Latin Modern Roman", Cambria, Georgia, serif }
    .node > .shape { font: 12px system-ui, sans-serif; fill: var(--quiet) }
    .scroll .node { cursor: pointer; outline: none }
    .node.on > rect, .node.on > path, .node:focus > rect, .node:focus > path { stroke-width: 3 }
    .edge { fill: none; stroke: var(--value-line); stroke-width: 1.3; marker-end: var(--arrow) }
    .edge.on { stroke: var(--accent); stroke-width: 2.2; marker-end: var(--arrow-on) }
    .arrow { fill: var(--value-line) }
    .arrow-on { fill: var(--accent) }
    .panel {
      min-height: 7.5rem; border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1.1rem;
      overflow-x: auto;
    }
    .hint { color: var(--quiet); margin: 0 }
    .facts { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.25rem; margin: 0 }
    .facts[hidden] { display: none }
    dt { color: var(--quiet); font-size: .88em; align-self: center }
    dd { margin: 0 }

    @media screen and (max-width: 48rem) {
      body { font-size: 1rem }
      main { padding: 1.5rem 1rem 3rem }
      h1 { font-size: 1.6rem }
      .equations {
        grid-template-columns: max-content max-content max-content 1fr; padding: .75rem .8rem;
      }
      .reason, .reason.below {
        grid-column: 1 / -1; max-width: calc(100vw - 5rem); padding: 0 0 .4rem 1rem;
        margin-top: -.25rem; position: sticky; left: 0;
      }
    }
    @media print {
      @page { margin: 18mm 16mm }
      html { color-scheme: light }
      body { font-size: 10.5pt }
      main { max-width: none; padding: 0 }
      p, ul, nav { max-width: none }
      h1, h2, h3, h4 { break-after: avoid }
      p, li { orphans: 3; widows: 3 }
      .scroll { overflow: visible }
      .note, tr, svg, math { break-inside: avoid }
      .equations {
        width: auto; padding: 2mm 0; background: none;
        grid-template-columns: max-content max-content max-content max-content minmax(0, 1fr);
      }
      .shape, .reason { padding-left: 1.2rem }
      .right.long { font-size: min(1em, calc(330mm / var(--width))) }
      .dense .reason { grid-column: 3 / -1; max-width: none; padding: 0 0 1mm 1.5em }
      .graph .scroll { background: none }
      .graph .scroll > svg { max-width: 100%; height: auto }
      .panel { display: none }
      a { color: inherit; text-decoration: none }
    }
    """

  /// Shows in the panel what is known of the node that is pointed at, and marks its edges.
  static let script = """
    for (const graph of document.querySelectorAll('.graph')) {
      const panel = graph.querySelector('.panel');
      const nodes = graph.querySelectorAll('.scroll .node');
      const show = (node) => {
        const own = node.dataset.node;
        panel.querySelector('.hint').hidden = true;
        for (const facts of panel.querySelectorAll('.facts')) {
          facts.hidden = facts.dataset.node !== own;
        }
        for (const other of nodes) other.classList.toggle('on', other === node);
        for (const edge of graph.querySelectorAll('.edge')) {
          edge.classList.toggle('on', [edge.dataset.from, edge.dataset.to].includes(own));
        }
      };
      for (const node of nodes) {
        for (const event of ['mouseenter', 'focus', 'click']) {
          node.addEventListener(event, () => show(node));
        }
      }
      panel.hidden = false;
    }
    """
}
