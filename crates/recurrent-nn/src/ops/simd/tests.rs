//! tanh and σ against the exact functions.

use super::{Scalar, Vector, chunks, dispatch};
use pulp::{Simd, WithSimd};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Function {
    Tanh,
    Sigmoid,
}
use Function::{Sigmoid, Tanh};

impl Function {
    fn exact(self, x: f64) -> f64 {
        match self {
            Tanh => x.tanh(),
            Sigmoid => 1.0 / (1.0 + (-x).exp()),
        }
    }
}

struct Map<'a, T>(Function, &'a mut [T]);

impl<T: Scalar> WithSimd for Map<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for range in chunks::<S, T>(self.1.len()) {
            let x = Vector::load(simd, &self.1[range.clone()]);
            let y = match self.0 {
                Tanh => x.tanh(),
                Sigmoid => x.sigmoid(),
            };
            y.store(&mut self.1[range]);
        }
    }
}

/// Checks one function on these numbers, with the widest registers and with registers of one number: the relative
/// error, the absolute one of results that are almost zero.
fn check_f32(function: Function, x: &[f32]) {
    let (mut wide, mut single) = (x.to_vec(), x.to_vec());
    dispatch(Map(function, &mut wide));
    Map(function, &mut single).with_simd(pulp::Scalar::new());
    for (kind, y) in [("simd", wide), ("scalar", single)] {
        for (&x, y) in x.iter().zip(y) {
            let exact = function.exact(f64::from(x));
            let error = (f64::from(y) - exact).abs();
            let allowed = match exact.abs() > 1e-35 {
                true => 4e-7 * exact.abs(),
                false => 1.2e-38,
            };
            // Written so that a NaN fails.
            assert!(error <= allowed, "{kind} {function:?}({x}): got {y:e}, expected {exact:e}");
        }
    }
}

#[test]
fn f32_relative_errors_are_below_4e_7() {
    // Every 1,009th of all finite f32, and the range in which the functions change, densely.
    let bits = (0..=u32::MAX).step_by(1009).map(f32::from_bits);
    let mut x: Vec<f32> = bits.filter(|x| x.is_finite()).collect();
    x.extend((-400_000..=400_000).map(|i| i as f32 / 4000.0));
    x.extend([f32::INFINITY, f32::NEG_INFINITY]);
    check_f32(Tanh, &x);
    check_f32(Sigmoid, &x);
}

#[test]
fn sigmoid_far_below_zero() {
    for (x, expected) in [(-20.0, 2.061_153_6e-9), (-30.0, 9.357_623e-14), (-87.0, 1.645_811e-38)] {
        let mut y = [x; 5];
        dispatch(Map(Sigmoid, &mut y));
        y.iter().for_each(|y: &f32| assert!((y / expected - 1.0).abs() < 1e-6, "{x}: {y:e}"));
    }
}

#[test]
fn f64_is_the_standard_librarys() {
    let x: Vec<f64> = (-8001..8000).map(|x| f64::from(x) / 20.0).collect();
    for function in [Tanh, Sigmoid] {
        let mut y = x.clone();
        dispatch(Map(function, &mut y));
        assert!(x.iter().zip(&y).all(|(&x, &y)| function.exact(x) == y));
    }
}

#[test]
fn nan_stays_nan() {
    for function in [Tanh, Sigmoid] {
        let mut y = [f32::NAN; 11];
        dispatch(Map(function, &mut y));
        assert!(y.iter().all(|y| y.is_nan()), "{function:?}");
        Map(function, &mut y[..1]).with_simd(pulp::Scalar::new());
        assert!(y[0].is_nan());
    }
}
