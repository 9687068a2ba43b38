//! What steps without a gradient do to a weight: the sum of all of them, from its moments alone.
//!
//! Without a gradient Adam's moments only shrink: s steps after step t they are β₁ˢm and β₂ˢv, so until now the weight
//! has moved by −m Σₛ aₛ / (√v ρₛ + ε), with aₛ = lr β₁ˢ / (1−β₁ᵗ⁺ˢ) and ρₛ = √(β₂ˢ / (1−β₂ᵗ⁺ˢ)). With qₛ = ρₛ/ρ₁
//! and x = 2ε / (√v ρ₁ + 2ε), a number in 0..=1, that is
//!
//! ```text
//! −m H(x) / (√v ρ₁ + 2ε),   H(x) = Σₛ aₛ 2 / (2qₛ + x (1 − 2qₛ))
//! ```
//!
//! H depends on t and on the learning rates, not on the weight: it is one function for all weights with the same last
//! step. It is about as smooth as 1/(2 − x), so in f32 the polynomial through ten of its values has its precision.

use super::Method;
use crate::ops::{Scalar, dispatch};

/// In how many places the values of H are kept.
const NODES: usize = 10;
/// A weight rests when what is left of its movement is a smaller share than this, which f32 cannot tell from none.
const REST: f64 = 1.0 / (1u64 << 25) as f64;
/// The same in f64.
const REST_F64: f64 = REST * REST;
/// More steps than this until a weight rests are too many to wait for.
const LONGEST: usize = 1 << 14;
/// So many steps are kept, of about 100 bytes each.
const MOST: usize = 1 << 16;

/// The steps that a parameter's weights may have sat out.
#[derive(Debug)]
pub(super) struct IdleSteps {
    rule: IdleRule,
    /// The number of the step before the first of these.
    first: u64,
    /// Of each step.
    learning_rates: Vec<f64>,
    /// 1 / √(1 − β₂ᵗ) of each step.
    root_scales: Vec<f64>,
    /// The logarithm of what weight decay has left of a weight, before the first step and after each.
    log_kept: Vec<f64>,
    /// H at the nodes, from each of these moments until now, or until a weight rests; empty where steps are summed.
    values: Vec<[f64; NODES]>,
    /// The places of these values; none where steps are summed.
    nodes: Option<Nodes>,
    /// β₁ˢ and √β₂ˢ⁻¹ for s = 1, 2, …, until a weight rests.
    powers: Vec<[f64; 2]>,
}

/// A rule by which weights move without a gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
enum IdleRule {
    Momentum { momentum: f64 },
    Adam { beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64 },
}

/// Places in 0..=1 for a polynomial to go through.
#[derive(Debug)]
struct Nodes {
    places: [f64; NODES],
    /// For each the coefficients of the polynomial that is 1 there and 0 at the others.
    basis: [[f64; NODES]; NODES],
}

/// What the steps since a moment have done to a weight and its moments.
#[derive(Debug)]
pub(super) struct Movement<T> {
    /// Factors of m and v.
    shrink: [T; 2],
    /// Factor of the weight, by its decay.
    kept: T,
    path: Path<T>,
}

/// How the movement follows from m and v.
#[derive(Debug)]
enum Path<T> {
    /// m times this
    Linear(T),
    /// By the coefficients of H, from its highest power on.
    Polynomial { rho: T, two_epsilon: T, h: [T; NODES] },
    /// By aₛ and qₛ of each step.
    Sum { rho: f64, two_epsilon: f64, steps: Vec<[f64; 2]> },
}

impl IdleSteps {
    /// After this number of steps. None if weights stay as they are without a gradient, or if to move them later is not
    /// worth it: by Adam in f32 with β₁ above 0.9 or β₂ below 0.999, or where they do not come to rest soon.
    pub(super) fn new<T: Scalar>(method: &Method, first: u64) -> Option<Self> {
        let rule = match *method {
            Method::Sgd { momentum } if momentum > 0.0 => IdleRule::Momentum { momentum },
            Method::Adam { beta1, beta2, epsilon } => IdleRule::Adam { beta1, beta2, epsilon, weight_decay: 0.0 },
            Method::AdamW { beta1, beta2, epsilon, weight_decay } => {
                IdleRule::Adam { beta1, beta2, epsilon, weight_decay }
            }
            Method::Sgd { .. } | Method::LazyAdam { .. } => return None,
        };
        let is_f32 = size_of::<T>() == size_of::<f32>();
        let nodes = match rule {
            IdleRule::Adam { beta1, beta2, .. } if is_f32 => {
                // With other decays H is less smooth, and the sum of its terms dearer than the steps themselves.
                if beta1 > 0.9 || beta2 < 0.999 {
                    return None;
                }
                Some(Nodes::new())
            }
            _ => None,
        };
        let (fade, slow) = match rule {
            IdleRule::Momentum { momentum } => (momentum, 1.0),
            IdleRule::Adam { beta1, beta2, .. } => (beta1, beta2.sqrt()),
        };
        let rest = if is_f32 { REST } else { REST_F64 };
        let mut powers = vec![[fade, 1.0]];
        while let Some(&[a, q]) = powers.last()
            && a > rest * q
        {
            powers.push([a * fade, q * slow]);
            if powers.len() > LONGEST {
                return None;
            }
        }
        let values = nodes.iter().map(|_| [0.0; NODES]).collect();
        Some(Self {
            rule,
            first,
            learning_rates: Vec::new(),
            root_scales: Vec::new(),
            log_kept: vec![0.0],
            values,
            nodes,
            powers,
        })
    }

    /// The number of the last step.
    pub(super) fn now(&self) -> u64 {
        self.first + self.learning_rates.len() as u64
    }

    /// Of each step, from the first one on.
    pub(super) fn learning_rates(&self) -> &[f64] {
        &self.learning_rates
    }

    /// Whether a weight decays, even one that never had a gradient.
    pub(super) fn decays(&self) -> bool {
        matches!(self.rule, IdleRule::Adam { weight_decay, .. } if weight_decay != 0.0)
    }

    /// The share of a weight that a step leaves.
    fn keep(&self, learning_rate: f64) -> f64 {
        match self.rule {
            IdleRule::Adam { weight_decay, .. } => 1.0 - learning_rate * weight_decay,
            IdleRule::Momentum { .. } => 1.0,
        }
    }

    /// Whether a step with this learning rate can be one of these: it leaves something of a weight, and they are not too
    /// many.
    pub(super) fn takes(&self, learning_rate: f64) -> bool {
        self.keep(learning_rate) > 0.0 && self.learning_rates.len() < MOST
    }

    /// One step more.
    pub(super) fn push(&mut self, learning_rate: f64) {
        let keep = self.keep(learning_rate);
        self.learning_rates.push(learning_rate);
        self.log_kept.push(self.log_kept[self.log_kept.len() - 1] + keep.ln());
        let t = self.now() as f64;
        let (step_size, root_scale) = match self.rule {
            IdleRule::Momentum { .. } => (learning_rate, 1.0),
            IdleRule::Adam { beta1, beta2, .. } => {
                (learning_rate / (1.0 - beta1.powf(t)), 1.0 / (1.0 - beta2.powf(t)).sqrt())
            }
        };
        self.root_scales.push(root_scale);
        if let Some(Nodes { places, .. }) = &self.nodes {
            let count = self.values.len();
            let moving = count.saturating_sub(self.powers.len())..count;
            let roots = &self.root_scales[moving.clone()];
            let (values, powers) = (&mut self.values[moving], &self.powers);
            dispatch(|| {
                for ((values, root), [a, q]) in values.iter_mut().rev().zip(roots.iter().rev()).zip(powers) {
                    let (a, q) = (2.0 * step_size * a, 2.0 * q * root_scale / root);
                    for (value, x) in values.iter_mut().zip(places) {
                        *value = *value * keep + a / (q + x * (1.0 - q));
                    }
                }
            });
            self.values.push([0.0; NODES]);
        }
    }

    /// What has happened to a weight since step t, at which it had a gradient; none if that was the last step.
    #[inline(always)]
    pub(super) fn since<T: Scalar>(&self, t: u64) -> Option<Movement<T>> {
        let start = (t - self.first) as usize;
        let count = self.learning_rates.len() - start;
        if count == 0 {
            return None;
        }
        let decays = self.decays();
        let kept_since = |step: usize| match decays {
            true => (self.log_kept[self.log_kept.len() - 1] - self.log_kept[step]).exp(),
            false => 1.0,
        };
        let number = T::from_f64;
        let kept = number(kept_since(start));
        let moving = count.min(self.powers.len());
        let movement = match self.rule {
            IdleRule::Momentum { momentum } => {
                let rates = self.learning_rates[start..][..moving].iter().zip(&self.powers);
                let sum = rates.map(|(rate, [a, _])| rate * a).sum();
                let shrink = momentum.powf(count as f64);
                Movement { shrink: [number(shrink), T::zero()], kept, path: Path::Linear(number(sum)) }
            }
            IdleRule::Adam { beta1, beta2, epsilon, .. } => {
                let (rho, two_epsilon) = (self.root_scales[start] * beta2.sqrt(), 2.0 * epsilon);
                let path = match &self.nodes {
                    Some(Nodes { basis, .. }) => {
                        let rested = kept_since(start + moving);
                        let mut h = [0.0; NODES];
                        for (value, polynomial) in self.values[start].iter().zip(basis) {
                            for (h, coefficient) in h.iter_mut().zip(polynomial) {
                                *h += rested * value * coefficient;
                            }
                        }
                        Path::Polynomial { rho: number(rho), two_epsilon: number(two_epsilon), h: h.map(number) }
                    }
                    None => {
                        let step = |(index, [a, q]): (usize, &[f64; 2])| {
                            let at = start + index;
                            let correction = 1.0 - beta1.powf((self.first + at as u64 + 1) as f64);
                            let a = a * self.learning_rates[at] / correction * kept_since(at + 1);
                            [a, q * self.root_scales[at] / self.root_scales[start]]
                        };
                        let steps = self.powers[..moving].iter().enumerate().map(step);
                        Path::Sum { rho, two_epsilon, steps: steps.collect() }
                    }
                };
                let shrink = match self.powers.get(count) {
                    Some([_, root]) => [self.powers[count - 1][0], root * root],
                    None => [beta1, beta2].map(|beta| beta.powf(count as f64)),
                };
                Movement { shrink: shrink.map(number), kept, path }
            }
        };
        Some(movement)
    }
}

impl<T: Scalar> Movement<T> {
    /// Moves weights to where they are now, from what they and their moments were; v is empty of SGD.
    #[inline(always)]
    pub(super) fn apply(&self, w: &mut [T], m: &[T], v: &[T]) {
        match &self.path {
            Path::Linear(factor) => {
                w.iter_mut().zip(m).for_each(|(w, &m)| *w = *w * self.kept - m * *factor);
            }
            Path::Polynomial { rho, two_epsilon, h } => {
                for ((w, &m), &v) in w.iter_mut().zip(m).zip(v) {
                    let inverse = T::one() / (v.sqrt() * *rho + *two_epsilon);
                    let x = *two_epsilon * inverse;
                    let h = h.iter().fold(T::zero(), |sum, &coefficient| sum * x + coefficient);
                    let moved = m * inverse * h;
                    // Where m and v are 0 and ε too, nothing moves.
                    *w = *w * self.kept - if m == T::zero() { T::zero() } else { moved };
                }
            }
            Path::Sum { rho, two_epsilon, steps } => {
                for ((w, &m), &v) in w.iter_mut().zip(m).zip(v) {
                    let inverse = 1.0 / (v.to_f64().sqrt() * rho + two_epsilon);
                    let x = two_epsilon * inverse;
                    let h: f64 = steps.iter().map(|[a, q]| 2.0 * a / (2.0 * q + x * (1.0 - 2.0 * q))).sum();
                    let moved = T::from_f64(m.to_f64() * inverse * h);
                    *w = *w * self.kept - if m == T::zero() { T::zero() } else { moved };
                }
            }
        }
    }

    /// Shrinks moments to what they are now.
    #[inline(always)]
    pub(super) fn shrink(&self, m: &mut [T], v: &mut [T]) {
        for (moments, factor) in [m, v].into_iter().zip(self.shrink) {
            moments.iter_mut().for_each(|moment| *moment = (*moment * factor).flush());
        }
    }
}

impl Nodes {
    fn new() -> Self {
        let places: [f64; NODES] = std::array::from_fn(|node| {
            let angle = std::f64::consts::PI * (node as f64 + 0.5) / NODES as f64;
            0.5 + 0.5 * angle.cos()
        });
        // Π (x − x_k) / (x_j − x_k), multiplied out, from the highest power on
        let basis = std::array::from_fn(|own| {
            let mut polynomial = [0.0; NODES];
            polynomial[NODES - 1] = 1.0;
            for (other, place) in places.iter().enumerate().filter(|(other, _)| *other != own) {
                let scale = 1.0 / (places[own] - places[other]);
                for power in 0..NODES {
                    let raised = polynomial.get(power + 1).copied().unwrap_or_default();
                    polynomial[power] = (raised - place * polynomial[power]) * scale;
                }
            }
            polynomial
        });
        Self { places, basis }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;

    const METHODS: [Method; 7] = [
        Method::Sgd { momentum: 0.9 },
        Method::adam(),
        Method::adamw(),
        Method::Adam { beta1: 0.9, beta2: 0.98, epsilon: 1e-9 },
        Method::Adam { beta1: 0.5, beta2: 0.999, epsilon: 1e-3 },
        Method::Adam { beta1: 0.0, beta2: 0.999, epsilon: 1e-8 },
        Method::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-16, weight_decay: 0.5 },
    ];

    /// Step by step, in f64: the rule with a gradient of 0.
    fn step_by_step(method: &Method, from: u64, rates: &[f64], mut w: f64, mut m: f64, mut v: f64) -> [f64; 3] {
        for (index, rate) in rates.iter().enumerate() {
            let t = (from + index as u64 + 1) as f64;
            match *method {
                Method::Adam { beta1, beta2, epsilon } => {
                    (m, v) = (beta1 * m, beta2 * v);
                    w -= rate / (1.0 - beta1.powf(t)) * m / ((v / (1.0 - beta2.powf(t))).sqrt() + epsilon);
                }
                Method::AdamW { beta1, beta2, epsilon, weight_decay } => {
                    (m, v) = (beta1 * m, beta2 * v);
                    w -= rate * weight_decay * w;
                    w -= rate / (1.0 - beta1.powf(t)) * m / ((v / (1.0 - beta2.powf(t))).sqrt() + epsilon);
                }
                Method::Sgd { momentum } => {
                    m *= momentum;
                    w -= rate * m;
                }
                Method::LazyAdam { .. } => {}
            }
        }
        [w, m, v]
    }

    /// Weights with moments of very different sizes, from steps 0 and later, for few steps and many, with a learning
    /// rate that changes.
    fn compare<T: Scalar>(tolerance: f64) -> Result<usize> {
        let mut compared = 0;
        let rates: Vec<f64> = (0..700).map(|t| 1e-2 * (1.0 + (t as f64 / 9.0).sin())).collect();
        for method in METHODS {
            for first in [0, 7] {
                let Some(mut steps) = IdleSteps::new::<T>(&method, first) else {
                    continue; // of these in f32 every row moves in every step
                };
                compared += 1;
                for (index, &rate) in rates.iter().enumerate() {
                    steps.push(rate);
                    if ![0, 1, 5, 40, 160, 699].contains(&index) {
                        continue;
                    }
                    for start in [0, 1, 2, 4, 30, 150, 400].into_iter().filter(|start| *start <= index) {
                        let t = first + start as u64;
                        // Before the first step m and v are 0.
                        let sizes = [0.0, 1e-12, 1e-9, 1e-8, 1e-7, 1e-4, 1.0];
                        for m in sizes.into_iter().take(if t == 0 { 1 } else { 7 }) {
                            // After one step v is (1 − β₂) g², so that m / √v is at most 3.2.
                            for v in [m * m * 0.1, m * m, m * m * 100.0] {
                                let movement = steps.since::<T>(t).unwrap();
                                let number = T::from_f64;
                                let (mut w, mut ms, mut vs) = ([number(0.25)], [number(m)], [number(v)]);
                                movement.apply(&mut w, &ms, &vs);
                                movement.shrink(&mut ms, &mut vs);
                                let [w2, m2, v2] = step_by_step(
                                    &method,
                                    t,
                                    &rates[start..=index],
                                    0.25,
                                    number(m).to_f64(),
                                    number(v).to_f64(),
                                );
                                let moved = (w2 - 0.25).abs();
                                let error = (w[0].to_f64() - w2).abs() / (moved + 0.25);
                                assert!(error < tolerance, "{method:?} from {t} to {index}, m {m} v {v}: {error}");
                                for (got, expected) in [(ms[0], m2), (vs[0], v2)] {
                                    let bound = 100.0 * tolerance * expected + 1e-30;
                                    let unused = matches!(method, Method::Sgd { .. }) && expected == v2;
                                    assert!(
                                        unused || (got.to_f64() - expected).abs() <= bound,
                                        "{method:?}: {expected}"
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
        Ok(compared)
    }

    /// Then the optimizer moves all rows once, and begins anew.
    #[test]
    fn there_is_an_end_to_the_steps_that_are_kept() {
        let mut steps = IdleSteps::new::<f32>(&Method::Sgd { momentum: 0.9 }, 5).unwrap();
        let taken = (0..).take_while(|_| steps.takes(0.1).then(|| steps.push(0.1)).is_some()).count();
        assert_eq!((taken, steps.now()), (MOST, 5 + MOST as u64));
    }

    #[test]
    fn many_steps_at_once_are_these_steps_one_by_one() -> Result<()> {
        assert_eq!(compare::<f32>(2e-7)?, 2 * (METHODS.len() - 1));
        assert_eq!(compare::<f64>(1e-14)?, 2 * METHODS.len());
        Ok(())
    }
}
