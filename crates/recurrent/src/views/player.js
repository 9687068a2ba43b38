(data, title) => {
    const image = document.currentScript.previousElementSibling;
    const { words, states, names } = data;
    const units = states.h[0].length, kind = states.c ? 'lstm' : states.z ? 'gru' : 'rnn';
    const blue = '#0072b2', vermilion = '#d55e00', purple = '#cc79a7', orange = '#e69f00', grey = '#57606a', ink = '#1f2328';
    const make = (tag, style, parent, text) => {
        const element = document.createElement(tag);
        element.style.cssText = style;
        if (text !== undefined) element.textContent = text;
        parent.append(element);
        return element;
    };
    const box = document.createElement('div');
    box.style.cssText = 'max-width:800px;background:#fff;color:#1f2328;border:1px solid #d0d7de;padding:12px 16px;' +
        'font:13px/1.45 Inter,Helvetica Neue,Arial,sans-serif;box-sizing:border-box';
    // JupyterLab leaves the keys to the player.
    box.setAttribute('data-lm-suppress-shortcuts', 'true');
    box.setAttribute('role', 'group');
    box.setAttribute('aria-label', `Player of ${title}. Left and right: the word. Up and down: the unit. Space: play.`);
    box.tabIndex = 0;
    make('div', 'font-weight:600;font-size:17px', box, `Word by word: ${title}`);
    const bar = make('div', 'display:flex;gap:10px;align-items:center;flex-wrap:wrap;margin:8px 0', box);
    const play = make('button', 'min-width:5.5em', bar, '\u25b6 Play');
    play.type = 'button';
    const slider = make('input', 'flex:1 1 200px', bar);
    Object.assign(slider, { type: 'range', min: 0, max: words.length - 1, value: 0 });
    slider.setAttribute('aria-label', 'word');
    make('label', '', bar, 'unit ');
    const select = make('select', 'background:#fff;color:#1f2328', bar);
    select.setAttribute('aria-label', 'unit');
    for (let unit = 0; unit < units; unit++) make('option', '', select, String(unit)).value = unit;
    const sentence = make('div', 'margin:4px 0 8px;line-height:1.9', box);
    const chips = words.map((word, step) => {
        const chip = make('span', 'padding:1px 5px;border-radius:4px;cursor:pointer', sentence, word);
        sentence.append(' ');
        chip.addEventListener('click', () => go(step));
        return chip;
    });
    const svgOf = height => {
        const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
        svg.setAttribute('viewBox', `0 0 760 ${height}`);
        svg.style.cssText = 'width:100%;height:auto;display:block';
        svg.setAttribute('role', 'presentation');
        box.append(svg);
        return svg;
    };
    const draw = (svg, tag, attributes, text) => {
        const shape = document.createElementNS(svg.namespaceURI, tag);
        for (const key in attributes) shape.setAttribute(key, attributes[key]);
        if (text !== undefined) shape.textContent = text;
        svg.append(shape);
        return shape;
    };
    const cell = svgOf(kind === 'rnn' ? 110 : 250);
    const said = value => value.toFixed(2).replace('-', '\u2212');
    // A gate is as dark as it is open; a state is blue above 0, orange below.
    const shade = (value, gate) => gate ? `rgba(8,48,107,${0.08 + 0.8 * value})`
        : value < 0 ? `rgba(213,94,0,${Math.min(0.9, 0.06 - 0.8 * value)})` : `rgba(0,114,178,${Math.min(0.9, 0.06 + 0.8 * value)})`;
    const parts = [];
    const wire = (points, color, value) => {
        const line = draw(cell, 'polyline', { points: points.join(' '), fill: 'none', stroke: color, 'stroke-linejoin': 'round' });
        parts.push(now => line.setAttribute('stroke-width', 0.8 + 6 * Math.min(1, Math.abs(value(now)))));
    };
    const node = (x, y, label, value, gate, note) => {
        const shape = draw(cell, 'rect', { x: x - 44, y: y - 20, width: 88, height: 40, rx: gate ? 6 : 20, stroke: grey });
        const name = draw(cell, 'text', { x, y: y - 4, 'text-anchor': 'middle', 'font-size': 13, 'font-weight': 600 }, label);
        const number = draw(cell, 'text', { x, y: y + 13, 'text-anchor': 'middle', 'font-size': 13 });
        if (note) draw(cell, 'text', { x, y: y + 36, 'text-anchor': 'middle', 'font-size': 11.5, fill: grey }, note);
        parts.push(now => {
            const found = value(now);
            shape.setAttribute('fill', '#fff');
            shape.style.fill = shade(found, gate);
            const dark = gate ? found > 0.55 : Math.abs(found) > 0.75;
            for (const text of [name, number]) text.setAttribute('fill', dark ? '#fff' : ink);
            number.textContent = said(found);
        });
    };
    const sign = (x, y, text) => {
        draw(cell, 'circle', { cx: x, cy: y, r: text.length > 1 ? 18 : 12, fill: '#fff', stroke: ink });
        draw(cell, 'text', { x, y: y + 5, 'text-anchor': 'middle', 'font-size': text.length > 1 ? 11.5 : 16, fill: ink }, text);
    };
    const at = symbol => now => states[symbol][now.step][now.unit];
    const before = symbol => now => now.step ? states[symbol][now.step - 1][now.unit]
        : ((symbol === 'c' ? data.c0 : data.h0) || [])[now.unit] || 0;
    const times = (...values) => now => values.reduce((product, value) => product * value(now), 1);
    if (kind === 'lstm') {
        const [f, i, g, o, c, h] = ['f', 'i', 'g', 'o', 'c', 'h'].map(at), old = before('c');
        const shown = now => Math.tanh(c(now));
        wire([[90, 45], [190, 45]], blue, old);
        wire([[190, 45], [380, 45]], blue, times(old, f));
        wire([[380, 45], [660, 45]], blue, c);
        wire([[190, 165], [190, 45]], purple, f);
        wire([[310, 165], [310, 105], [380, 105]], purple, i);
        wire([[440, 165], [440, 105], [380, 105]], orange, g);
        wire([[380, 105], [380, 45]], orange, times(i, g));
        wire([[570, 45], [570, 105]], blue, shown);
        wire([[560, 165], [635, 105]], purple, o);
        wire([[570, 105], [660, 105], [660, 165]], vermilion, h);
        sign(190, 45, '\u00d7'); sign(380, 45, '+'); sign(380, 105, '\u00d7'); sign(570, 75, 'tanh'); sign(635, 105, '\u00d7');
        node(50, 45, 'c before', old, false); node(710, 45, 'c', c, false);
        node(190, 185, 'f', f, true, 'forget: kept'); node(310, 185, 'i', i, true, 'input: let in');
        node(440, 185, 'g', g, false, 'candidate'); node(560, 185, 'o', o, true, 'output: shown');
        node(690, 185, 'h', h, false, 'hidden state');
        node(50, 185, 'h before', before('h'), false, 'read by all four');
    } else if (kind === 'gru') {
        const [r, z, n, h] = ['r', 'z', 'n', 'h'].map(at), old = before('h'), rest = now => 1 - z(now);
        wire([[90, 45], [230, 45]], vermilion, old);
        wire([[230, 45], [480, 45]], vermilion, times(old, z));
        wire([[480, 45], [660, 45]], vermilion, h);
        wire([[230, 165], [230, 45]], purple, z);
        wire([[250, 165], [250, 105], [480, 105]], purple, rest);
        wire([[480, 165], [480, 105]], orange, n);
        wire([[480, 105], [480, 45]], orange, times(rest, n));
        wire([[385, 185], [440, 185]], purple, r);
        sign(230, 45, '\u00d7'); sign(480, 45, '+'); sign(480, 105, '\u00d7'); sign(340, 105, '1 \u2212');
        node(50, 45, 'h before', old, false); node(710, 45, 'h', h, false);
        node(230, 185, 'z', z, true, 'update: kept'); node(345, 185, 'r', r, true, 'reset: seen by n');
        node(480, 185, 'n', n, false, 'candidate');
    } else {
        const h = at('h'), old = before('h');
        wire([[90, 45], [380, 45]], vermilion, old);
        wire([[380, 45], [660, 45]], vermilion, h);
        sign(380, 45, 'tanh');
        node(50, 45, 'h before', old, false); node(710, 45, 'h', h, false, 'hidden state');
    }
    // What each word has left in the memory: what it wrote times all that was kept since.
    const [kept, wrote] = kind === 'lstm' ? [at('f'), times(at('i'), at('g'))]
        : kind === 'gru' ? [at('z'), times(now => 1 - at('z')(now), at('n'))] : [];
    let ledger = null, bars = [];
    if (kept) {
        make('div', 'color:#57606a;margin-top:4px', box, `What each word has left in ${kind === 'lstm' ? 'c' : 'h'} so far; with what was there before the first word the bars add up to it.`);
        ledger = svgOf(120);
        const wide = 760 / words.length;
        draw(ledger, 'path', { d: 'M0 50h760', stroke: grey });
        bars = words.map((word, step) => {
            const x = wide * (step + 0.5);
            const label = draw(ledger, 'text', { x, y: 112, 'text-anchor': 'middle', 'font-size': Math.min(12, Math.max(7, wide / 5)), fill: ink },
                word.slice(0, Math.max(3, Math.floor(wide / 6))));
            return { bar: draw(ledger, 'rect', { x: x - wide * 0.36, width: wide * 0.72 }), label };
        });
    }
    const status = make('div', 'margin-top:6px;min-height:1.5em', box);
    status.setAttribute('role', 'status');
    const show = now => {
        parts.forEach(part => part(now));
        chips.forEach((chip, step) => {
            chip.style.background = step === now.step ? blue : step < now.step ? '#eaeef2' : '';
            chip.style.color = step === now.step ? '#fff' : ink;
        });
        const left = words.map((_, step) => {
            if (step > now.step || !kept) return 0;
            let part = wrote({ ...now, step });
            for (let later = step + 1; later <= now.step; later++) part *= kept({ ...now, step: later });
            return part;
        });
        const most = Math.max(1e-3, ...left.map(Math.abs));
        bars.forEach(({ bar, label }, step) => {
            const height = 44 * Math.abs(left[step]) / Math.max(most, 0.5);
            bar.setAttribute('y', left[step] < 0 ? 50 : 50 - height);
            bar.setAttribute('height', height);
            bar.setAttribute('fill', left[step] < 0 ? vermilion : blue);
            label.setAttribute('opacity', step > now.step ? 0.35 : 1);
        });
        const numbers = Object.keys(names).map(symbol => `${names[symbol]} ${said(at(symbol)(now))}`);
        status.textContent = `Word ${now.step + 1} of ${words.length}, ${words[now.step]}; unit ${now.unit}: ${numbers.join(', ')}.`;
    };
    let timer = null;
    const now = { step: 0, unit: 0 };
    const go = step => {
        now.step = Math.min(Math.max(step, 0), words.length - 1);
        slider.value = now.step;
        show(now);
    };
    const choose = unit => {
        now.unit = Math.min(Math.max(unit, 0), units - 1);
        select.value = now.unit;
        show(now);
    };
    const stop = () => {
        clearInterval(timer);
        timer = null;
        play.textContent = '\u25b6 Play';
    };
    const toggle = () => {
        if (timer) return stop();
        if (now.step === words.length - 1) go(0);
        play.textContent = '\u23f8 Pause';
        timer = setInterval(() => {
            if (!box.isConnected || now.step === words.length - 1) return stop();
            go(now.step + 1);
        }, 900);
    };
    play.addEventListener('click', toggle);
    slider.addEventListener('input', () => { stop(); go(+slider.value); });
    select.addEventListener('change', () => choose(+select.value));
    box.addEventListener('keydown', event => {
        if (event.target !== box || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
        const act = {
            ArrowLeft: () => go(now.step - 1), ArrowRight: () => go(now.step + 1),
            ArrowUp: () => choose(now.unit + 1), ArrowDown: () => choose(now.unit - 1), ' ': toggle,
        }[event.key];
        if (!act) return;
        act();
        event.preventDefault();
        event.stopPropagation();
    });
    image.replaceWith(box);
    show(now);
}
