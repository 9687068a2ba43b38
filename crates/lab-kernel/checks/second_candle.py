"""`:dep candle-core` beside the lesson's crates, on the real kernel. It compiles candle a second time: minutes.

usage: python -m unittest -v second_candle   (in this folder, with the Python environment that set-up made)
"""

import unittest

from test_kernel import open_session


class SecondCandle(unittest.TestCase):
    """Two copies of candle in one notebook."""

    def test_second_copy_of_candle_is_the_same_or_refused(self):
        """`:dep candle-core` beside ours: right gradients, or an error; never silently wrong ones."""
        with open_session() as session:
            added = session.run(':dep candle-core = "=0.11.1"')
            self.assertIsNone(added.error)
            session.run("let a = candle_core::Var::new(&[1f64, 2.], &candle_core::Device::Cpu)?;")
            session.run("let b = Var::new(&[3f64, 4.], &Device::Cpu)?;")
            session.run("let z = (a.mul(&b)?.exp()? + a.as_tensor())?.sum_all()?;")
            shown = session.run('println!("{:.3?}", z.backward()?.get(&a).unwrap().to_vec1::<f64>()?);')
            self.assertTrue(shown.error or shown.stdout.strip() == "[61.257, 11924.832]", shown.stdout)


if __name__ == "__main__":
    unittest.main()
