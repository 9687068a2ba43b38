//! tanh and σ of a whole SIMD register.
//!
//! In f32 both are approximations whose relative error stays below 4e-7, about 3 units in the last place; of results
//! below 1e-35 in size the absolute error stays below 1.2e-38. In f64 they are the standard library's, one number after the other: there exactness comes
//! before speed.

use pulp::Simd;

/// tanh(x) as a quotient of polynomials in x, of degrees 13 and 6, the ones that Eigen uses.
#[inline(always)]
pub(super) fn tanh_f32<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const NUMERATOR: [f32; 7] =
        [-2.760_768_5e-16, 2.000_188e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619_3e-4, 4.893_524_6e-3];
    const DENOMINATOR: [f32; 4] = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    // Beyond this, tanh is 1 in f32.
    let (lower, upper) = (simd.splat_f32s(-7.905_311), simd.splat_f32s(7.905_311));
    let x = if S::F32_LANES == 1 {
        // `f32::min` and `f32::max` lose a NaN; comparisons do not.
        let x = simd.select_f32s(simd.less_than_f32s(x, lower), lower, x);
        simd.select_f32s(simd.less_than_f32s(upper, x), upper, x)
    } else {
        // Faster. `x` comes second because x86's min and max keep a NaN only there.
        simd.max_f32s(lower, simd.min_f32s(upper, x))
    };
    let square = simd.mul_f32s(x, x);
    let numerator = polynomial(simd, square, &NUMERATOR);
    let denominator = polynomial(simd, square, &DENOMINATOR);
    simd.div_f32s(simd.mul_f32s(x, numerator), denominator)
}

/// σ(x) = 1 / (1 + e) for x ≥ 0 and e / (1 + e) for x < 0, with e = exp(−|x|): neither cancels nor overflows.
///
/// Below −87.33, where σ(x) would be subnormal, it is 0.
#[inline(always)]
pub(super) fn sigmoid_f32<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // exp(−87.33) is just above the smallest normal number; below, the result of `exp_f32` is not used.
    let lowest = simd.splat_f32s(-87.33);
    let one = simd.splat_f32s(1.0);
    let minus_abs = simd.neg_f32s(simd.abs_f32s(x));
    let e = simd.select_f32s(simd.less_than_f32s(minus_abs, lowest), simd.splat_f32s(0.0), exp_f32(simd, minus_abs));
    let negative = simd.less_than_f32s(x, simd.splat_f32s(0.0));
    simd.div_f32s(simd.select_f32s(negative, e, one), simd.add_f32s(one, e))
}

/// exp(x) for −87.33 ≤ x ≤ 0, as 2ⁿ exp(r) with n the integer nearest to x / ln 2 and exp(r) by the polynomial of
/// Cephes.
#[inline(always)]
fn exp_f32<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Added to a small number, 1.5 · 2²³ leaves its nearest integer in the lowest bits; 127 is the bias of the
    // exponent.
    const ROUND: f32 = 12_582_912.0 + 127.0;
    let biased = simd.mul_add_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.splat_f32s(ROUND));
    let n = simd.sub_f32s(biased, simd.splat_f32s(ROUND));
    // r = x − n ln 2, with ln 2 in two parts of which the first times n is exact.
    let r = simd.mul_add_f32s(n, simd.splat_f32s(-0.693_359_4), x);
    let r = simd.mul_add_f32s(n, simd.splat_f32s(2.121_944_4e-4), r);
    // exp(r) = 1 + r + r² (a + r² (b + r² c)) with linear a, b and c, so that few operations wait for another.
    let square = simd.mul_f32s(r, r);
    let a = polynomial(simd, r, &[1.666_666_5e-1, 0.5]);
    let b = polynomial(simd, r, &[8.333_452e-3, 4.166_579_6e-2]);
    let c = polynomial(simd, r, &[1.987_569_1e-4, 1.398_199_9e-3]);
    let sum = simd.mul_add_f32s(simd.mul_add_f32s(c, square, b), square, a);
    let exp_r = simd.mul_add_f32s(sum, square, simd.add_f32s(r, simd.splat_f32s(1.0)));
    let exponent = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(biased), simd.splat_u32s(23));
    simd.mul_f32s(exp_r, simd.transmute_f32s_u32s(exponent))
}

/// Horner's rule, the factor of the highest power first.
#[inline(always)]
fn polynomial<S: Simd>(simd: S, x: S::f32s, factors: &[f32]) -> S::f32s {
    let mut sum = simd.splat_f32s(factors[0]);
    for &factor in &factors[1..] {
        sum = simd.mul_add_f32s(sum, x, simd.splat_f32s(factor));
    }
    sum
}

#[inline(always)]
pub(super) fn tanh_f64<S: Simd>(simd: S, x: S::f64s) -> S::f64s {
    each_f64(simd, x, f64::tanh)
}

#[inline(always)]
pub(super) fn sigmoid_f64<S: Simd>(simd: S, x: S::f64s) -> S::f64s {
    each_f64(simd, x, |x| 1.0 / (1.0 + (-x).exp()))
}

#[inline(always)]
fn each_f64<S: Simd>(simd: S, x: S::f64s, function: impl Fn(f64) -> f64) -> S::f64s {
    let mut values = [0.0; 64];
    let values = &mut values[..S::F64_LANES];
    simd.partial_store_f64s(values, x);
    values.iter_mut().for_each(|value| *value = function(*value));
    simd.partial_load_f64s(values)
}

#[cfg(test)]
mod tests {
    use super::super::{
        Scalar,
        simd::{Vector, chunks, dispatch},
    };
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
}
