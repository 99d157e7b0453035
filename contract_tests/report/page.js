// Only a convenience: the page says everything without it. A button appears where copying works.
for (const button of document.querySelectorAll('button[data-copy]')) {
  const command = document.getElementById(button.dataset.copy);
  const said = button.nextElementSibling;
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(command.textContent);
      said.textContent = 'Copied.';
    } catch {
      getSelection().selectAllChildren(command);
      said.textContent = 'Selected: copy it with the keyboard.';
    }
    setTimeout(() => { said.textContent = ''; }, 4000);
  });
}
