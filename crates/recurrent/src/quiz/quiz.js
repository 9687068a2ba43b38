// Scores the quiz that stands right before this script, and keeps the score in the reader's browser.
(form => {
    const key = name => 'recurrent quiz ' + name;
    const kept = name => {
        try { return JSON.parse(localStorage.getItem(key(name))); } catch { return null; }
    };
    const name = form.dataset.quiz, fields = [...form.querySelectorAll('fieldset')];
    const status = form.querySelector('[role=status]');
    // In the book a page is an HTML file.
    if (/\.html$/.test(location.pathname))
        form.querySelectorAll('a').forEach(link => { link.href = link.getAttribute('href').replace(/ipynb$/, 'html'); });
    const say = () => {
        const [before, now] = [kept('before'), kept(name)];
        if (!now) return;
        let text = `${now.right} of ${now.all} right`;
        if (name === 'after' && before) {
            const more = now.right - before.right;
            text += `; before the lesson ${before.right}. Difference: ${more > 0 ? '+' : ''}${more}`.replace('-', '\u2212');
        }
        status.textContent = text + '.';
    };
    // JupyterLab would take these keys for its cells.
    form.addEventListener('keydown', event => {
        const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
        const field = event.target.closest('fieldset');
        if (!step || !field || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
        const inputs = [...field.querySelectorAll('input')];
        const next = inputs[(inputs.indexOf(event.target) + step + inputs.length) % inputs.length];
        next.checked = true;
        next.focus();
        event.preventDefault();
        event.stopPropagation();
    });
    form.addEventListener('submit', event => {
        event.preventDefault();
        let right = 0, open = 0;
        for (const field of fields) {
            const chosen = field.querySelector('input:checked');
            const good = chosen && chosen.value === field.dataset.right;
            const why = field.querySelector('[data-why]');
            open += !chosen;
            right += good ? 1 : 0;
            why.hidden = !chosen;
            why.firstChild.textContent = good ? '\u2713 Right.' : '\u2717 Not right.';
            field.style.borderLeftColor = !chosen ? '#8c959f' : good ? '#009e73' : '#d55e00';
        }
        if (open) {
            status.textContent = `${open} of ${fields.length} questions are not answered yet.`;
            return;
        }
        try { localStorage.setItem(key(name), JSON.stringify({ right, all: fields.length })); } catch { /* not kept */ }
        status.textContent = `${right} of ${fields.length} right.`;
        say();
    });
    say();
})(document.currentScript.previousElementSibling);
